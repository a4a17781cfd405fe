/** What the sandbox's stream says, as far as the terminal shows it. */
export interface Message {
  readonly messageId: string;
  readonly from: 'person' | 'bot';
  readonly sender: string;
  readonly text: string;
}

export interface Card {
  readonly replyId: string;
  readonly state: string;
  readonly text: string;
  readonly sequence: number;
  readonly queuePlace?: number;
  readonly reason?: string;
  readonly reference?: string;
}

export interface Transcript {
  message(message: Message): void;
  /** Shows a card or redraws it in place; a later sequence wins. */
  card(card: Card): void;
  /** A message that already stands where it was typed. */
  sent(messageId: string): void;
  note(text: string): void;
  /** How many cards have not come to their end. */
  open(): number;
  lastChangeAt(): number;
}

export interface TranscriptOptions {
  readonly out: { readonly columns?: number; readonly rows?: number; write(text: string): unknown };
  /** Whether what was written can be written over. */
  readonly interactive: boolean;
  readonly prompt: () => void;
  readonly hidePrompt: () => void;
}

const ENDS: ReadonlySet<string> = new Set(['done', 'failed', 'stopped', 'expired', 'undeliverable']);
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

export function createTranscript({ out, interactive, prompt, hidePrompt }: TranscriptOptions): Transcript {
  const cards = new Map<string, Card>();
  const seen = new Set<string>();
  // Cards still growing, below everything that is final; only these lines are ever written over.
  let drawn = 0;
  let changedAt = Date.now();

  const growing = (): Card[] => [...cards.values()].filter(({ state }) => !ENDS.has(state));
  const show = (final: string): void => {
    changedAt = Date.now();
    if (!interactive) {
      if (final) out.write(`${final}\n`);
      return;
    }
    hidePrompt();
    if (drawn > 0) out.write(`\x1b[${drawn}A\r\x1b[J`);
    if (final) out.write(`${final}\n`);
    const width = (out.columns ?? 80) - 1;
    const lines = growing().flatMap((card) => wrap(render(card), width));
    // What is taller than the window cannot be written over: its tail is enough until the card is final.
    const visible = lines.slice(-Math.max(3, (out.rows ?? 24) - 3));
    for (const line of visible) out.write(`${line}\n`);
    drawn = visible.length;
    prompt();
  };

  return {
    message({ messageId, from, sender, text }) {
      if (seen.has(messageId)) return;
      seen.add(messageId);
      show(`${from === 'person' ? sender : 'Parley'}: ${text}`);
    },
    card(card) {
      const known = cards.get(card.replyId);
      if (known && (ENDS.has(known.state) || known.sequence >= card.sequence)) return;
      cards.set(card.replyId, card);
      show(ENDS.has(card.state) ? render(card) : '');
    },
    sent(messageId) {
      if (interactive) seen.add(messageId);
      changedAt = Date.now();
    },
    note: (text) => show(`(${text})`),
    open: () => growing().length,
    lastChangeAt: () => changedAt,
  };
}

function render({ state, text, queuePlace, reason, reference }: Card): string {
  const place = state === 'queued' && queuePlace !== undefined ? `, place ${queuePlace}` : '';
  const mark = state === 'done' ? '' : ` [${state}${place}]`;
  const why = reason ? `\n${reason}${reference ? ` (reference ${reference})` : ''}` : '';
  return `Parley${mark}: ${text}${why}`;
}

/** Lines as the terminal breaks them; Chinese characters are two columns wide. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines = [''];
    let used = 0;
    for (const character of line) {
      const columns = WIDE.test(character) ? 2 : 1;
      if (used + columns > width) {
        lines.push('');
        used = 0;
      }
      lines[lines.length - 1] += character;
      used += columns;
    }
    return lines;
  });
}
