import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { AnswerFile, AnswerPart } from '../domain/answer';
import { sizeText } from '../domain/attachment-phrases';
import { type Language, languageOf } from '../domain/language';
import type { AgentBackend, AskedFile, Question } from './backend';

const config = z.object({
  chunkMs: z.int().min(0).max(60_000).default(60).meta({ title: 'Pause before each piece, in milliseconds' }),
  chunkChars: z.int().positive().default(4).meta({ title: 'Characters in a piece' }),
  seconds: z.number().positive().max(3600).optional().meta({ title: 'Stretches an answer to about so many seconds' }),
});

type Config = z.infer<typeof config>;

/**
 * A demo that needs no AI service: says so, repeats the question and shows some Markdown, in small pieces. The same question always gets
 * the same words. Files are named with their sizes. Some questions are understood:
 * `echo: <text>` answers exactly that text at once; `count to <N>` (at most 10000) answers the numbers from 1, a line for each piece;
 * `look up <words>` (or 查一下) thinks aloud and takes two steps before it answers;
 * `send me a file` and `send me an image` (or 发个文件, 发张图片) come with one.
 * `seconds` takes precedence over `chunkMs`. Earlier exchanges are not looked at.
 */
export const echo: AgentBackend<Config> = {
  name: 'echo',
  title: { en: 'Echo (demo)', zh: '回声（演示）' },
  config,
  historyTurns: () => 0,
  takes: () => [{ type: '*/*' }],
  async *ask(settings, question, signal) {
    const { text } = question;
    const file = fileFor(text);
    const exact = /^\s*echo[:：]\s?(.*)$/is.exec(text)?.[1];
    const pieces = exact === undefined ? (counted(text) ?? cut(wordsFor(question, file), settings.chunkChars)) : [exact];
    const pauseMs = exact === undefined ? pause(settings, pieces.length) : 0;
    yield* lookUp(text, pauseMs * PIECES_IN_A_STEP, signal);
    for (const delta of pieces) {
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (delta !== '') yield { kind: 'text', delta };
    }
    if (file) yield { kind: 'file', file };
    yield { kind: 'usage', usage: { model: 'echo' } };
    yield { kind: 'done', finish: 'stop' };
  },
};

const PIECES_IN_A_STEP = 10;

async function* lookUp(text: string, stepMs: number, signal: AbortSignal): AsyncIterable<AnswerPart> {
  const sought = /^\s*(?:look up|查一下)\s*[:：]?\s*(\S[^\n]*)/i.exec(text)?.[1];
  if (!sought) return;
  const zh = languageOf(text) === 'zh';
  const delta = zh ? `我需要先查找“${sought}”，再核对结果。` : `I should look for “${sought}” first, then check what I found.`;
  yield { kind: 'reasoning', delta };
  const titles = zh ? [`搜索：${sought}`, '核对 3 条结果'] : [`Search: ${sought}`, 'Check 3 results'];
  for (const [index, title] of titles.entries()) {
    const step = { id: `step-${index + 1}`, title };
    yield { kind: 'step', step: { ...step, status: 'running' } };
    if (stepMs > 0) await sleep(stepMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    yield { kind: 'step', step: { ...step, status: 'done' } };
  }
}

const pause = ({ chunkMs, seconds }: Config, pieces: number): number => (seconds === undefined ? chunkMs : (seconds * 1000) / pieces);

function counted(text: string): readonly string[] | undefined {
  const most = Number(/^\s*count to (\d{1,5})\s*$/i.exec(text)?.[1] ?? 0);
  if (most < 1 || most > 10_000) return undefined;
  return Array.from({ length: most }, (_, index) => (index === 0 ? '1' : `\n${index + 1}`));
}

/** By code points, so that no emoji is torn. */
function cut(text: string, size: number): readonly string[] {
  const characters = [...text];
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
    characters.slice(index * size, (index + 1) * size).join(''),
  );
}

const wordsFor = ({ text, attachments }: Question, file: AnswerFile | undefined): string =>
  file ? sending(file, text) : demo([text, ...attachments.map(named)].join('\n'), languageOf(text));

const named = ({ name, mime, size }: AskedFile): string => `📎 ${name} (${mime}, ${sizeText(size)})`;

/** What is asked for in so many words; made here, so that sending can be tried without any service. */
function fileFor(text: string): AnswerFile | undefined {
  if (/^\s*(send me a file|发(我|给我)?一?个文件)[.!。！]?\s*$/i.test(text)) {
    const bytes = Buffer.from('This file was made by the echo demo of Parley.\n这个文件由 Parley 的回声演示生成。\n');
    return { kind: 'file', name: 'parley-demo.txt', mime: 'text/plain', bytes };
  }
  if (/^\s*(send me an image|发(我|给我)?一?张图片)[.!。！]?\s*$/i.test(text))
    return { kind: 'image', name: 'parley-demo.png', mime: 'image/png', bytes: Buffer.from(RING, 'base64') };
  return undefined;
}

const sending = ({ name }: AnswerFile, question: string): string =>
  languageOf(question) === 'zh'
    ? `这是 Parley 的**回声演示**，没有接入 AI 服务；作为示例发送 ${name}。`
    : `This is Parley's **echo demo**, no AI is connected; as a sample it sends ${name}.`;

/** A blue ring of 48 × 48 pixels, PNG. */
const RING =
  'iVBORw0KGgoAAAANSUhEUgAAADAAAAAwAQMAAABtzGvEAAAABlBMVEX///8Wd/8AFQwAAAAAZ0lEQVR42qWPuw2AMAxEE1GkZARGYbQwWkZhhJQUiIcdDhAdCEvJK/y5uxC+17A2wGR/' +
  'hGJIUA09LD4BPjPCdiMDvlaTLzJ3DSUa/NmZaP38B+2Kbl4Kh57Un5bkU66VQYmU70z7snaW4mGaCVB57wAAAABJRU5ErkJggg==';

const demo = (question: string, language: Language): string =>
  sample[language](
    question
      .split('\n')
      .map((line) => `> ${line}`)
      .join('\n'),
  );

const sample: Readonly<Record<Language, (quoted: string) => string>> = {
  en: (quoted) => `This is Parley's **echo demo**: no AI is connected yet, so I repeat what you said.

${quoted}

An expert's answer may hold

- lists, **bold** words and \`code\`,
- tables:

| step | what happens |
|---|---|
| 1 | your message is recorded |
| 2 | the expert answers in this card |

\`\`\`ts
const answer = await expert.ask(question);
\`\`\`

To connect a real service, set \`OPENAI_BASE_URL\`, \`OPENAI_API_KEY\` and \`OPENAI_MODEL\`, then start again.`,
  zh: (quoted) => `这是 Parley 的**回声演示**：还没有接入 AI 服务，所以我只重复您的话。

${quoted}

专家的回答可以包含

- 列表、**加粗**和 \`代码\`，
- 表格：

| 步骤 | 发生什么 |
|---|---|
| 1 | 您的消息已记录 |
| 2 | 专家在这张卡片里回答 |

\`\`\`ts
const answer = await expert.ask(question);
\`\`\`

要接入真正的服务，请设置 \`OPENAI_BASE_URL\`、\`OPENAI_API_KEY\` 和 \`OPENAI_MODEL\` 后重新启动。`,
};
