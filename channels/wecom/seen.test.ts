import { wholeAgain } from '../../domain/phrases';
import type { SentMessage } from './emulator';
import { seenReplies } from './emulator/seen';

const chat = { chatId: 'ann', messageId: 'm', at: 1 };
const stream = (streamId: string, content: string, finished = false): SentMessage => ({
  ...chat,
  type: 'stream',
  streamId,
  content,
  finished,
});
const whole = (content: string): SentMessage => ({ ...chat, type: 'markdown', content: `${wholeAgain.en}\n\n${content}` });
const shown = (...messages: SentMessage[]) =>
  Object.fromEntries(seenReplies(messages, 'ann').map(({ streamId, text, closed }) => [streamId, closed ? text : '(open)']));

describe('a message that brings the whole of an answer that was broken off', () => {
  const waits = stream('second', '⏳ Waiting in line · number 1');

  it('belongs to the answer that begins with its words, though another question was shown as waiting before', () => {
    expect(shown(waits, stream('first', 'one, tw'), whole('one, two, three'), whole('four'))).toEqual({
      first: 'one, two, three',
      second: 'four',
    });
  });

  it('belongs to one of which no word was seen where none begins like it', () => {
    expect(shown(stream('first', 'one, tw'), waits, whole('four'))).toEqual({ first: '(open)', second: 'four' });
  });

  it('belongs to no answer that is finished', () => {
    expect(shown(stream('first', 'one', true), waits, whole('one'))).toEqual({ first: 'one', second: 'one' });
  });

  it('belongs to the oldest one where all were said anew in other words', () => {
    expect(shown(stream('first', 'eins'), stream('second', 'zwei'), whole('one'), whole('two'))).toEqual({ first: 'one', second: 'two' });
  });
});
