import { localPorts } from '../../tests/support/ports';
import { startDingTalkEmulator } from './emulator';
import { createDingTalk } from './index';

it('tells who a member is, the company’s own words first; nothing of who is none', async () => {
  const emulator = await startDingTalkEmulator();
  try {
    const messenger = createDingTalk().messenger(emulator.config, localPorts());
    emulator.setPerson('u1', {
      name: 'Ann',
      mobile: '13800000000',
      email: 'own@x.example',
      org_email: 'ann@corp.example',
      job_number: 'E7',
    });
    expect(await messenger.person!('u1')).toEqual({ staffId: 'E7', email: 'ann@corp.example', mobile: '13800000000', name: 'Ann' });
    emulator.setPerson('u2', { name: 'Bob', job_number: '' });
    expect(await messenger.person!('u2')).toEqual({ staffId: 'u2', name: 'Bob' });
    await expect(messenger.person!('nobody')).rejects.toMatchObject({ code: 'gone', retryable: false });
  } finally {
    await emulator.close();
  }
});
