import { z } from 'zod';
import { mayCall } from './config';
import { dingtalk } from './index';

const credentials = { clientId: 'ding1', clientSecret: 's' };
const BASES = { apiBase: 'https://api.dingtalk.com', oapiBase: 'http://127.0.0.1:8080/proxy' };

describe("DingTalk's settings", () => {
  it.each([
    ['https://oapi.dingtalk.com/robot/sendBySession?session=1', true, true],
    ['http://127.0.0.1:8080/robot', true, true],
    ['https://bucket.oss-cn-hangzhou.aliyuncs.com/x', false, true],
    ['http://oapi.dingtalk.com/robot', false, false],
    ['https://oapi.dingtalk.com.example.com/', false, false],
    ['https://evildingtalk.com/', false, false],
    ['https://user@oapi.dingtalk.com/', false, false],
    ['https://oapi.dingtalk.com:8443/', false, false],
    ['http://127.0.0.1:9090/robot', false, false],
    ['http://169.254.169.254/', false, false],
    ['nonsense', false, false],
  ])('let %s be called for answers: %s, for files: %s', (address, answer, file) => {
    expect([mayCall(BASES, address, 'answer'), mayCall(BASES, address, 'file')]).toEqual([answer, file]);
  });

  it('need the Client ID and Secret, in webhook mode the token and a key of 43 characters too, and nothing unknown', () => {
    const [stream, webhook] = dingtalk.modes.map(({ config }) => config);
    expect(stream!.parse(credentials)).toEqual({
      ...credentials,
      apiBase: 'https://api.dingtalk.com',
      oapiBase: 'https://oapi.dingtalk.com',
    });
    expect(stream!.safeParse({ ...credentials, appKey: 'x' }).success).toBe(false);
    expect(stream!.safeParse({ ...credentials, apiBase: 'http://169.254.1.1' }).success).toBe(false);
    expect(webhook!.safeParse(credentials).success).toBe(false);
    expect(webhook!.safeParse({ ...credentials, token: 't', aesKey: 'short' }).success).toBe(false);
    expect(webhook!.safeParse({ ...credentials, token: 't', aesKey: 'a'.repeat(43) }).success).toBe(true);
  });

  it('draw a form in which secrets are marked', () => {
    for (const { config, name } of dingtalk.modes) {
      const { properties } = z.toJSONSchema(config, { io: 'input' }) as {
        properties: Record<string, { title?: string; description?: string; secret?: boolean }>;
      };
      const secrets = Object.keys(properties).filter((key) => properties[key]!.secret);
      expect(secrets).toEqual(name === 'webhook' ? ['clientSecret', 'token', 'aesKey'] : ['clientSecret']);
      expect(Object.values(properties).every(({ title, description }) => title && description)).toBe(true);
    }
  });
});
