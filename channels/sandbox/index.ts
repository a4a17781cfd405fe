import { z } from 'zod';
import type { Channel } from '../channel';
import { createMessenger } from './messenger';

const config = z.strictObject({});
type SandboxConfig = z.infer<typeof config>;

/** Our own small IM platform: its way in is the gateway's sandbox API, its way out the channel's memory, which the page follows. */
export const sandbox: Channel<SandboxConfig> = {
  name: 'sandbox',
  title: { en: 'Sandbox', zh: '沙箱' },
  modes: [{ name: 'local', title: { en: 'On this server', zh: '本机' }, recommended: true, way: 'local', config }],
  abilities: {
    cards: true,
    streaming: true,
    updateEveryMs: 100,
    maxTextBytes: 1_000_000,
    buttons: true,
    reactions: false,
    sends: ['image', 'file'],
    repliesThroughConnection: false,
  },
  probe: async () => ({ ok: true, checks: [{ name: 'credentials', ok: true, detail: 'The sandbox needs none.', mend: '' }] }),
  messenger: (_, ports) => createMessenger(ports),
};
