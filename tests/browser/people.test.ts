import { type Told, until } from '../support/api';
import { api, expectAccessible, expectFits, forgive, open, PHONE, sayInSandbox, startConsole, titled } from '../support/page';

startConsole();

async function said(sender: string): Promise<void> {
  await sayInSandbox(sender, `echo: I am ${sender}`);
  await personOf(sender, ({ user }) => user !== null);
}

interface TestPerson extends Told {
  readonly user: { readonly id: string } | null;
  readonly identities: readonly object[];
}

const personOf = (name: string, check: (person: TestPerson) => boolean = () => true): Promise<TestPerson> =>
  until(async () => {
    const found = (await api.call('GET', `people?q=${encodeURIComponent(name)}`)).body.items as readonly TestPerson[];
    return found.find((person) => person.name === name && check(person));
  });

describe('how people are known', () => {
  it('is set with the problems at their fields, and keeps its secret', async () => {
    const { id } = await api.make('integrations', { name: 'Desk', channel: 'sandbox' });
    const page = await open(`integrations/${id}/people`);
    await page.getByRole('radio', { name: /asked by HTTP/ }).click();
    const [address, secret] = [page.getByRole('textbox', { name: 'Address' }), page.getByRole('textbox', { name: 'Secret' })];
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Please fill this in').first().waitFor();
    await address.fill('http://169.254.169.254/');
    await secret.fill('short');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.ant-form-item', { has: address }).getByText('link-local').waitFor();
    await page.locator('.ant-form-item', { has: secret }).getByText('16').first().waitFor();
    await address.fill('http://127.0.0.1:1/who');
    await secret.fill('a secret of enough length');
    await page.getByRole('radio', { name: 'gets no answer', exact: true }).click();
    await page.getByRole('spinbutton', { name: 'What was found holds for' }).fill('60');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const settings = async () => ((await api.call('GET', `integrations/${id}`)).body as unknown as { people: object }).people;
    expect(await settings()).toMatchObject({
      ...{ mapping: 'http', onUnknown: 'refuse', cacheSeconds: 60 },
      http: { url: 'http://127.0.0.1:1/who', secret: '***', timeoutMs: 2000 },
    });

    await page.reload();
    expect(await secret.inputValue()).toBe('');
    expect(await secret.getAttribute('placeholder')).toMatch(/Stored/);
    await page.getByRole('spinbutton', { name: 'Longest wait for an answer' }).fill('500');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(await settings()).toMatchObject({ http: { secret: '***', timeoutMs: 500 } });
    await expectAccessible(page);
    forgive(422);
  });

  it('asks a directory, whose attributes may have other names', async () => {
    const { id } = await api.make('integrations', { name: 'Desk', channel: 'sandbox' });
    const page = await open(`integrations/${id}/people`, PHONE);
    await page.getByRole('radio', { name: /asked by LDAP/ }).click();
    await page.getByRole('textbox', { name: 'Address' }).fill('ldap://ldap.example');
    await page.getByRole('textbox', { name: 'Who asks' }).fill('cn=parley');
    await page.getByRole('textbox', { name: 'Where is looked' }).fill('dc=example');
    await page.getByRole('textbox', { name: 'Filter' }).fill('(uid=*)');
    await page.getByRole('button', { name: 'Which attribute says what' }).click();
    await page.getByRole('textbox', { name: 'Department' }).fill('ou');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('must ask by something that is known of the person').waitFor();
    await page.getByRole('textbox', { name: 'Filter' }).fill('(mail={email})');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('belongs to bindDn').waitFor();
    await page.getByRole('textbox', { name: 'Password' }).fill('planted');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect((await api.call('GET', `integrations/${id}`)).body).toMatchObject({
      people: { mapping: 'ldap', ldap: { bindDn: 'cn=parley', password: '***', attributes: { department: 'ou' } } },
    });
    await expectFits(page);
    await expectAccessible(page);
    forgive(422);
  });
});

describe('people', () => {
  it('are merged after a look at what moves, blocked, unblocked, and erased one by one', async () => {
    for (const name of ['Ann at work', 'Ann at home']) await said(name);
    const [work, home] = [await personOf('Ann at work'), await personOf('Ann at home')];
    const page = await open(`people/${home.id}`);
    await titled(page, /Ann at home/);
    await page.getByRole('button', { name: 'Merge' }).click();
    const dialog = page.getByRole('dialog', { name: /Merge Ann at home/ });
    expect(await dialog.getByRole('button', { name: 'Merge', exact: true }).isDisabled()).toBe(true);
    await dialog.getByRole('combobox', { name: 'Merge into' }).fill('at work');
    await page.locator('.ant-select-item-option', { hasText: 'Ann at work' }).click();
    const preview = dialog.getByRole('region', { name: 'What happens' });
    await preview.getByText('From now on Ann at work is also:').waitFor();
    await preview.getByText('The user "Ann at home" goes.').waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Merge', exact: true }).click();
    await page.getByText('merged by hand').first().waitFor();
    expect((await personOf('Ann at home')).user?.id).toBe((await personOf('Ann at work')).user?.id);
    expect(await page.getByRole('table', { name: 'Identities' }).getByRole('row').count()).toBe(3);

    await page.getByRole('button', { name: 'Block' }).click();
    await page.locator('.ant-popconfirm').getByRole('button', { name: 'Block' }).click();
    await page.locator('.page-title .pill', { hasText: 'Blocked' }).waitFor();
    expect((await api.call('GET', `people/${work.id}`)).body.state).toBe('blocked');
    await page.getByRole('button', { name: 'Unblock' }).click();
    await page.locator('.page-title .pill', { hasText: 'Known' }).waitFor();
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Erase' }).click();
    const erasing = page.getByRole('dialog', { name: /Erase Ann/ });
    await erasing.getByRole('radio', { name: 'The user with all 2 identities' }).waitFor();
    await erasing.getByRole('radio', { name: 'This identity alone' }).click();
    await expectAccessible(page);
    await erasing.getByRole('button', { name: 'Erase for good' }).click();
    await titled(page, 'People');
    expect((await api.call('GET', `people/${home.id}`)).body.state).toBe('erased');
    expect((await api.call('GET', `people/${work.id}`)).body.state).toBe('mapped');
  });

  it('are merged into a user, on a phone', async () => {
    await said('Bo');
    await api.make('users', { username: 'bo', email: 'bo@corp.example', name: 'Bo of Finance', department: 'Finance' });
    const person = await personOf('Bo');
    const page = await open(`people/${person.id}`, PHONE);
    await page.getByRole('button', { name: 'Merge' }).click();
    await page.getByText('A user', { exact: true }).click();
    await page.getByRole('combobox', { name: 'Merge into' }).click();
    await page.locator('.ant-select-item-option', { hasText: 'Bo of Finance' }).click();
    await page.getByText('From now on Bo of Finance is also:').waitFor();
    await expectFits(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Merge', exact: true }).click();
    await titled(page, 'Bo of Finance');
    await expectFits(page);
    await expectAccessible(page);
  });
});
