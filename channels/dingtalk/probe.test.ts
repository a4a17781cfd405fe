import { localPorts } from '../../tests/support/ports';
import { type DingTalkEmulator, startDingTalkEmulator } from './emulator';
import { createDingTalk } from './index';

let emulator: DingTalkEmulator;
beforeEach(async () => {
  emulator = await startDingTalkEmulator();
});
afterEach(() => emulator.close());

const probe = async (mode: string, more = {}) => {
  const config = { ...(mode === 'stream' ? emulator.config : emulator.webhookConfig), ...more };
  const { ok, checks } = await createDingTalk({ callTimeoutMs: 600 }).probe(config, mode);
  return { ok, failed: checks.filter((check) => !check.ok), names: checks.map(({ name }) => name) };
};

describe('testing the settings', () => {
  it('finds them good without a trace in any chat or connection', async () => {
    expect(await probe('stream')).toMatchObject({ ok: true, names: ['credentials', 'connection', 'messages', 'cards'] });
    expect(await probe('webhook')).toMatchObject({ ok: true, names: ['credentials', 'keys', 'messages', 'cards'] });
    expect([emulator.cards(), emulator.messages(), emulator.handshakes()]).toEqual([[], [], 0]);
  });

  it('waits for its turn among the calls of the integration', async () => {
    const ports = localPorts();
    const taken: string[] = [];
    const budget = { ...ports.budget, take: async (api: string, _: number, priority: string) => void taken.push(`${api} ${priority}`) };
    await createDingTalk().probe(emulator.webhookConfig, 'webhook', undefined, { ...ports, budget });
    expect(taken).toEqual(Array(3).fill('robot frame'));
    expect(ports.results).toEqual([]);
  });

  it('names a wrong secret and goes no further', async () => {
    const { ok, failed, names } = await probe('stream', { clientSecret: 'wrong' });
    expect([ok, names]).toEqual([false, ['credentials']]);
    expect(failed[0]!.mend).toContain('Client Secret');
  });

  it('tells of a permission that is missing: cards are a loss, messages an end', async () => {
    emulator.revoke('card');
    expect(await probe('stream')).toMatchObject({
      ok: true,
      failed: [{ name: 'cards', mend: expect.stringContaining('Card.Streaming.Write') }],
    });
    emulator.revoke('robot');
    expect(await probe('stream')).toMatchObject({ ok: false, failed: [{ name: 'messages' }, { name: 'cards' }] });
  });

  it('tells of a wrong robot code, a closed door and an address that is not allowed', async () => {
    expect(await probe('stream', { robotCode: 'other' })).toMatchObject({ ok: false, failed: [{ name: 'messages' }] });
    const end = emulator.fault({ match: 'connect', code: 'param.subscriptions' });
    expect(await probe('stream')).toMatchObject({ ok: false, failed: [{ name: 'connection' }] });
    end();
    emulator.fault({ match: 'card', code: 'Forbidden.AccessDenied.IpNotInWhiteList' });
    expect(await probe('stream')).toMatchObject({ failed: [{ name: 'cards', mend: expect.stringContaining('address') }] });
  });

  it('does not blame the settings for a platform that does not answer', async () => {
    emulator.fault({ match: 'token', timeout: true });
    expect(await probe('stream')).toMatchObject({
      ok: false,
      failed: [{ name: 'credentials', mend: expect.stringContaining('test again'), retryable: true }],
    });
  });
});
