import { z } from 'zod';
import { openai } from './openai';

describe('the settings of the OpenAI backend', () => {
  const parse = (config: object) => openai.config.safeParse({ model: 'm', ...config });

  it('need only a model', () => {
    expect(parse({}).data).toMatchObject({
      baseUrl: 'https://api.openai.com/v1',
      historyTurns: 20,
      firstTokenMs: 120_000,
      idleMs: 60_000,
    });
    expect(parse({ model: ' ' }).success).toBe(false);
  });

  it('mark the key as a secret and refuse an empty one', () => {
    expect(z.toJSONSchema(openai.config, { io: 'input' })).toMatchObject({
      properties: { apiKey: { secret: true } },
      required: ['model'],
    });
    expect(parse({ apiKey: '' }).success).toBe(false);
    expect(parse({ apiKey: '密钥' }).success).toBe(false);
  });

  it.each([
    'http://127.0.0.1:11434/v1',
    'http://localhost:8000',
    'http://[::1]:8000/v1',
    'https://dashscope.aliyuncs.com/compatible-mode/v1',
  ])('accept %s', (baseUrl) => {
    expect(parse({ baseUrl }).success).toBe(true);
  });

  it.each([
    'http://169.254.169.254/latest',
    'http://169.254.169.254.',
    'http://2852039166',
    'http://0xa9fea9fe/v1',
    'http://[fe80::1]/v1',
    'http://[febf::1]:8000',
    'http://[::ffff:169.254.169.254]',
    'http://[64:ff9b::169.254.169.254]',
    'ftp://example.com',
    'file:///etc/passwd',
    'https://user:word@example.com/v1',
    'api.openai.com',
    '',
  ])('refuse %s', (baseUrl) => {
    expect(parse({ baseUrl }).error?.issues[0]?.path).toEqual(['baseUrl']);
  });
});
