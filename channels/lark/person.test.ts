import { localPorts } from '../../tests/support/ports';
import { startLarkEmulator } from './emulator';
import { createLark } from './index';

it('tells who a member is, the company’s own words first; without the permission it says so for good', async () => {
  const emulator = await startLarkEmulator();
  try {
    const messenger = createLark().messenger(emulator.config, localPorts());
    const department_path = [{ department_name: { name: 'Finance' } }];
    emulator.setPerson('ou_ann', {
      name: 'Ann',
      email: 'own@x.example',
      enterprise_email: 'ann@corp.example',
      mobile: '+8613800000000',
      employee_no: 'E7',
      department_path,
    });
    expect(await messenger.person!('ou_ann')).toEqual({
      ...{ staffId: 'E7', email: 'ann@corp.example', mobile: '+8613800000000', name: 'Ann', department: 'Finance' },
    });
    expect(await messenger.person!('ou_unknown')).toEqual({});
    emulator.fault({ match: 'user.get', code: 41050, status: 400 });
    await expect(messenger.person!('ou_ann')).rejects.toMatchObject({ retryable: false });
  } finally {
    await emulator.close();
  }
});
