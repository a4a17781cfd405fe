import { startOpenAiEmulator } from '../../agents/openai.emulator';
import { startLarkEmulator } from '../../channels/lark/emulator';
import { defaultTrigger, type TriggerSettings } from '../../domain/trigger';
import { type BareStack, startBareStack } from '../support/bare-stack';
import type { WorldOptions } from './world';

/** As `startWorld`, but none of our processes runs until the test starts it; set up through the store. */
export async function startBareWorld({ lark: larkOptions, script, trigger = {} }: WorldOptions) {
  const [lark, ai] = await Promise.all([startLarkEmulator(larkOptions), startOpenAiEmulator({ script: (question) => script(question) })]);
  const closeEmulators = () => Promise.all([lark.close(), ai.close()]);
  const bare = await startBareStack().catch(async (error: unknown) => {
    await closeEmulators();
    throw error;
  });
  const scope = await bare.store.access.createTenant('Faults');
  const integrationId = await setUp(bare, scope, lark.config, ai.url, { ...defaultTrigger, ...trigger });
  return {
    bare,
    lark,
    ai,
    scope,
    integrationId,
    stop: async () => {
      await bare.stop();
      await closeEmulators();
    },
  };
}

async function setUp(
  { store }: BareStack,
  scope: { tenantId: string; organizationId: string },
  { appId, appSecret, domain }: { appId: string; appSecret: string; domain: string },
  baseUrl: string,
  settings: TriggerSettings,
): Promise<string> {
  const integration = await store.integrations.create(scope, {
    ...{ name: 'Lark', channel: 'lark', mode: 'long_connection', appearance: {}, enabled: true },
    config: { appId, appSecret, domain },
  });
  const expert = await store.experts.create(scope, {
    name: 'Expert',
    backend: 'openai',
    config: { baseUrl, apiKey: 'key', model: 'model' },
  });
  await store.triggers.create(scope, expert.id, { integrationId: integration.id, enabled: true, settings });
  await store.experts.publish(scope, expert.id);
  return integration.id;
}
