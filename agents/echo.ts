import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Language, languageOf } from '../domain/language';
import type { AgentBackend } from './backend';

const config = z.object({
  chunkMs: z.int().min(0).max(60_000).default(60).meta({ title: 'Pause before each piece, in milliseconds' }),
  chunkChars: z.int().positive().default(4).meta({ title: 'Characters in a piece' }),
  seconds: z.number().positive().max(3600).optional().meta({ title: 'Stretches an answer to about so many seconds' }),
});

type Config = z.infer<typeof config>;

/**
 * A demo that needs no AI service: says so, repeats the question and shows some Markdown, in small pieces. The same question always gets
 * the same words. Two questions are understood:
 * `echo: <text>` answers exactly that text at once; `count to <N>` (at most 10000) answers the numbers from 1, a line for each piece.
 * `seconds` takes precedence over `chunkMs`. Earlier exchanges are not looked at.
 */
export const echo: AgentBackend<Config> = {
  name: 'echo',
  title: { en: 'Echo (demo)', zh: '回声（演示）' },
  config,
  historyTurns: () => 0,
  async *ask(settings, { text }, signal) {
    const exact = /^\s*echo[:：]\s?(.*)$/is.exec(text)?.[1];
    const pieces = exact === undefined ? (counted(text) ?? cut(demo(text), settings.chunkChars)) : [exact];
    const pauseMs = exact === undefined ? pause(settings, pieces.length) : 0;
    for (const delta of pieces) {
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (delta !== '') yield { kind: 'text', delta };
    }
    yield { kind: 'usage', usage: { model: 'echo' } };
    yield { kind: 'done', finish: 'stop' };
  },
};

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

const demo = (question: string): string =>
  sample[languageOf(question)](
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
