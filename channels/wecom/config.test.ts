import { z } from 'zod';
import { isPlatformUrl, longConnectionConfig, webhookConfig } from './config';

const KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
const APP = { kind: 'app', token: 't', encodingAesKey: KEY, corpId: 'ww1', corpSecret: 's', agentId: '1000002' };

describe("WeCom's settings", () => {
  it.each([
    ['wss://openws.work.weixin.qq.com', true],
    ['ws://127.0.0.1:8080', true],
    ['https://openws.work.weixin.qq.com', false],
    ['wss://user:pass@example.com', false],
    ['ws://169.254.169.254', false],
    ['ws://[fe80::1]', false],
    ['nonsense', false],
  ])('take %s for an address of a long connection: %s', (wsUrl, expected) => {
    expect(longConnectionConfig.safeParse({ botId: 'b', secret: 's', wsUrl }).success).toBe(expected);
  });

  it('know a bot from an application, and what each needs', () => {
    expect(webhookConfig.parse({ kind: 'bot', token: 't', encodingAesKey: KEY })).toEqual({ kind: 'bot', token: 't', encodingAesKey: KEY });
    expect(webhookConfig.parse(APP)).toMatchObject({ kind: 'app', agentId: 1_000_002 });
    expect(webhookConfig.safeParse({ ...APP, corpSecret: undefined }).success).toBe(false);
    expect(webhookConfig.safeParse({ ...APP, encodingAesKey: KEY.slice(1) }).success).toBe(false);
    expect(webhookConfig.safeParse({ ...APP, apiBase: 'http://169.254.169.254' }).success).toBe(false);
  });

  it('draw forms in which every setting has a title, and secrets are marked', () => {
    type Form = { properties: Record<string, { title?: string; secret?: boolean }> };
    const { oneOf } = z.toJSONSchema(webhookConfig, { io: 'input', unrepresentable: 'any' }) as unknown as { oneOf: Form[] };
    const forms = [z.toJSONSchema(longConnectionConfig, { io: 'input' }) as Form, ...oneOf];
    const secrets = forms.map(({ properties }) => Object.keys(properties).filter((name) => properties[name]!.secret));
    expect(secrets).toEqual([['secret'], ['token', 'encodingAesKey'], ['token', 'encodingAesKey', 'corpSecret']]);
    for (const { properties } of forms) expect(Object.values(properties).every(({ title }) => title)).toBe(true);
  });

  it.each([
    ['https://ww-aibot-img-1258476243.cos.ap-guangzhou.myqcloud.com/a/b?sign=q', true],
    ['https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=x', true],
    ['https://openws.work.weixin.qq.com/x', true],
    ['https://wework.qpic.cn/x', true],
    ['http://wework.qpic.cn/x', false],
    ['https://evil.example/wework.qpic.cn', false],
    ['https://ww-aibot-img.evil.example/', false],
    ['http://127.0.0.1:8080/media', true],
    ['http://127.0.0.1:9090/media', false],
    ['file:///etc/passwd', false],
  ])('take %s for one of the platform: %s', (url, expected) => {
    expect(isPlatformUrl(url, 'http://127.0.0.1:8080')).toBe(expected);
  });
});
