import { startOpenAiEmulator } from '../../agents/openai.emulator';
import { startLarkEmulator } from '../../channels/lark/emulator';
import { defaultTrigger, type TriggerSettings } from '../../domain/trigger';
import { type BareStack, startBareStack } from '../support/bare-stack';
import type { Platform } from './platform';
import type { WorldOptions } from './world';

/** As `startWorld`, but none of our processes runs until the test starts it; set up through the store. */
export async function startBareWorld({ lark: larkOptions, ...options }: WorldOptions) {
  const lark = await startLarkEmulator(larkOptions);
  const { appId, appSecret, domain } = lark.config;
  const bot = { channel: 'lark', mode: 'long_connection', config: { appId, appSecret, domain }, close: lark.close };
  return { lark, ...(await startBareWorldOn(bot, options)) };
}

type Bot = Pick<Platform, 'channel' | 'mode' | 'config' | 'close'>;

/** The same around any platform that was started; it ends with it. */
export async function startBareWorldOn(bot: Bot, options: Omit<WorldOptions, 'lark'>) {
  const { integrationIds, ...world } = await startBareWorldOf([bot], options);
  return { ...world, integrationId: integrationIds[0]! };
}

/** The same around platforms that were started, with a bot of each; they end with it. */
export async function startBareWorldOf(bots: readonly Bot[], { script, trigger = {} }: Omit<WorldOptions, 'lark'>) {
  const ai = await startOpenAiEmulator({ script: (question) => script(question) });
  const closeEmulators = () => Promise.all([...bots.map((bot) => bot.close()), ai.close()]);
  const bare = await startBareStack().catch(async (error: unknown) => {
    await closeEmulators();
    throw error;
  });
  const scope = await bare.store.access.createTenant('Faults');
  const integrationIds: string[] = [];
  for (const bot of bots) integrationIds.push(await setUp(bare, scope, bot, ai.url, { ...defaultTrigger, ...trigger }));
  return {
    bare,
    ai,
    scope,
    integrationIds,
    stop: async () => {
      await bare.stop();
      await closeEmulators();
    },
  };
}

async function setUp(
  { store }: BareStack,
  scope: { tenantId: string; organizationId: string },
  { channel, mode, config }: Bot,
  baseUrl: string,
  settings: TriggerSettings,
): Promise<string> {
  const integration = await store.integrations.create(scope, { name: 'Bot', channel, mode, appearance: {}, enabled: true, config });
  const expert = await store.experts.create(scope, {
    name: 'Expert',
    backend: 'openai',
    config: { baseUrl, apiKey: 'key', model: 'model' },
  });
  await store.triggers.create(scope, expert.id, { integrationId: integration.id, enabled: true, settings });
  await store.experts.publish(scope, expert.id);
  return integration.id;
}
