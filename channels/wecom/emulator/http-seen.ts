import type { Memory } from '../../channel';
import type { Visible } from '../../contract';
import type { WecomHttpEmulator } from './http';

/** An answer's own words: without the thoughts before it, the sentences that lead from message to message, and how it stands. */
export const words = (content: string): string =>
  content
    .replace(/^<think>\n[\s\S]*?\n<\/think>\n/, '')
    .replace(/^\((?:continued|续)\)\n\n|^（续）\n\n/, '')
    .replace(/(?:^|\n\n)(?:💭|⏳|🙋|🔄|⚠️|⏹|⌛|> ).*$/u, '')
    .replace(/\n\n(?:\(The answer (?:goes on|is longer).*\)|（回答.*）)$/u, '');

/** What a person sees of a bot, where one message has one stream and at most one late message. */
export async function seenOfBot(emulator: WecomHttpEmulator, memory: Memory): Promise<readonly Visible[]> {
  await emulator.pollAll();
  const seen: Visible[] = [];
  for (const { id, msgid, content, finished } of emulator.streams()) {
    const late = emulator.late().filter((one) => one.msgid === msgid);
    const state = await memory.get<{ author?: { id: string } }>(`stream/${id}`);
    if (state?.author?.id.startsWith('say/')) {
      seen.push(...[{ content }, ...late].map((one) => ({ kind: 'message' as const, text: one.content, ended: true })));
    } else {
      seen.push({ kind: 'reply', text: [content, ...late.map((one) => one.content)].map(words).join(''), ended: finished });
    }
  }
  return seen;
}

/** What a person sees of an application: answers are Markdown, in parts that carry their number; notices are text. */
export function seenOfApp(emulator: WecomHttpEmulator): readonly Visible[] {
  const sent = emulator.sent();
  const answer = sent.filter(({ type }) => type === 'markdown').map(({ text }) => text.replace(/^\(\d+\/\d+\)\n/, ''));
  return [
    ...(answer.length > 0 ? [{ kind: 'reply' as const, text: words(answer.join('')), ended: true }] : []),
    ...sent.filter(({ type }) => type === 'text').map(({ text }) => ({ kind: 'message' as const, text, ended: true })),
  ];
}
