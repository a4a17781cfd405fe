import { type Card, createTranscript, wrap } from './transcript';

const card = (sequence: number, state: string, text: string): Card => ({ replyId: 'r', state, text, sequence });

const transcript = (interactive: boolean) => {
  let written = '';
  const write = (text: string): void => {
    written += text;
  };
  const out = { columns: 40, rows: 10, write };
  const shown = createTranscript({ out, interactive, prompt: () => undefined, hidePrompt: () => undefined });
  return { ...shown, text: () => written };
};

test('where nothing can be written over, a card is shown once, when it is final', () => {
  const { card: show, text, open } = transcript(false);
  show(card(1, 'thinking', ''));
  show(card(2, 'streaming', 'Hel'));
  expect(open()).toBe(1);
  show(card(3, 'done', 'Hello'));
  show(card(3, 'done', 'Hello'));
  expect(text()).toBe('Parley: Hello\n');
  expect(open()).toBe(0);
});

test('on a terminal a growing card is drawn over itself, and an older state never over a newer one', () => {
  const { card: show, text } = transcript(true);
  show(card(2, 'streaming', 'Hello'));
  show(card(1, 'thinking', ''));
  show(card(3, 'done', 'Hello you'));
  expect(text()).toBe('Parley [streaming]: Hello\n\x1b[1A\r\x1b[JParley: Hello you\n');
});

test('a failed card says why and with which reference', () => {
  const { card: show, text } = transcript(false);
  show({ ...card(1, 'failed', 'Half'), reason: 'The service does not answer.', reference: 'R-1' });
  expect(text()).toBe('Parley [failed]: Half\nThe service does not answer. (reference R-1)\n');
});

test('lines break where the terminal breaks them; Chinese characters take two columns', () => {
  expect(wrap('abcdef\n你好吗', 4)).toEqual(['abcd', 'ef', '你好', '吗']);
});
