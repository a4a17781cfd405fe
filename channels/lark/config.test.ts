import { z } from 'zod';
import { baseUrlOf } from './config';
import { lark } from './index';

describe("Lark's settings", () => {
  it.each([
    ['feishu', 'https://open.feishu.cn'],
    [' LarkSuite', 'https://open.larksuite.com'],
    ['https://proxy.example.com/lark/', 'https://proxy.example.com/lark'],
    ['http://169.254.169.254', undefined],
  ])('read the domain %s as %s', (domain, expected) => {
    expect(baseUrlOf(domain)).toBe(expected);
  });

  it('refuse an app id that the platform would silently ignore', () => {
    const { config } = lark.modes[0]!;
    expect(config.safeParse({ appId: 'cli_short', appSecret: 's' }).success).toBe(false);
    expect(config.parse({ appId: 'cli_0123456789abcdef', appSecret: 's' })).toMatchObject({ domain: 'https://open.feishu.cn' });
  });

  it('draw a form in which secrets are marked', () => {
    for (const { config, name } of lark.modes) {
      const { properties } = z.toJSONSchema(config, { io: 'input' }) as {
        properties: Record<string, { title?: string; secret?: boolean }>;
      };
      const secrets = Object.keys(properties).filter((key) => properties[key]!.secret);
      expect(secrets).toEqual(name === 'webhook' ? ['appSecret', 'encryptKey', 'verificationToken'] : ['appSecret']);
      expect(Object.values(properties).every(({ title }) => title)).toBe(true);
    }
  });
});
