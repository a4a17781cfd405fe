const { z } = require('zod');

const entry = z.object({
  words: z.string().min(1).meta({ title: 'Words that a question holds' }),
  answer: z.string().min(1).meta({ title: 'Answer' }),
});
const config = z.object({
  entries: z.array(entry).max(1000).default([]).meta({ title: 'Answers; the first that fits counts' }),
  otherwise: z.string().min(1).default('I do not know that one.').meta({ title: 'Answer to everything else' }),
});

/** Answers from a list. The shape is `AgentBackend` of Parley's `agents/backend.ts`. */
exports.backend = {
  name: 'acme-faq',
  title: { en: 'FAQ (Acme)', zh: '常见问题（Acme）' },
  config,
  historyTurns: () => 0,

  async *ask({ entries, otherwise }, { text }, signal) {
    const asked = text.toLowerCase();
    const found = entries.find(({ words }) => asked.includes(words.toLowerCase()));
    for (const delta of (found?.answer ?? otherwise).split(/(?<=\s)/)) {
      if (signal.aborted) return;
      yield { kind: 'text', delta };
    }
    yield { kind: 'done', finish: 'stop' };
  },
};
