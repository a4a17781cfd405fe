import { localPorts } from '../../tests/support/ports';
import { startWecomHttpEmulator } from './emulator/http';
import { createWebhookMessenger } from './webhook-messenger';
import { webhookTimes } from './webhook-times';

it('tells an application who a member is, as far as it may know', async () => {
  const emulator = await startWecomHttpEmulator();
  try {
    const messenger = createWebhookMessenger(emulator.app, localPorts(), { ...webhookTimes, busyMs: 5 });
    emulator.setPerson('ann', { name: 'Ann', mobile: '13800000000', email: 'own@x.example', biz_mail: 'ann@corp.example' });
    expect(await messenger.person!('ann')).toEqual({ staffId: 'ann', email: 'ann@corp.example', mobile: '13800000000', name: 'Ann' });
    emulator.setPerson('bob', { name: 'Bob' });
    expect(await messenger.person!('bob')).toEqual({ staffId: 'bob', name: 'Bob' });
    await expect(messenger.person!('nobody')).rejects.toMatchObject({ code: 'forbidden', retryable: false });
    expect(createWebhookMessenger(emulator.bot, localPorts()).person).toBeUndefined();
  } finally {
    await emulator.close();
  }
});
