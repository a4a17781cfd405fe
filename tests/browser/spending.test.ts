import { until } from '../support/api';
import { api, expectAccessible, expectFits, forgive, open, PHONE, sayInSandbox, startConsole } from '../support/page';

startConsole({ PARLEY_SMTP_URL: 'smtp://127.0.0.1:9', PARLEY_MAIL_FROM: 'parley@example.com' });

const limits = async () => (await api.call('GET', 'spending-limits')).body.items as unknown as { name: string; amount: number }[];

/** Ann asks; resolves when an answer of hers has ended, or failed. */
async function ask(text: string, end: 'turns' | 'failed'): Promise<void> {
  await sayInSandbox('ann', text);
  await until(async () => {
    const { items } = (await api.call('GET', 'usage?by=person')).body as unknown as { items: { turns: number; failed: number }[] };
    return items.some((row) => row[end] > 0);
  }, 60_000);
}

test('a limit is set, shows what is used of it, is changed and taken away', async () => {
  const page = await open('usage');
  await page.getByText('No limits are set').waitFor();
  await page.getByRole('button', { name: 'New limit' }).click();
  const form = page.getByRole('dialog', { name: 'New limit' });
  await form.getByRole('textbox', { name: 'Name' }).fill('Whole house');
  await form.getByRole('spinbutton', { name: 'At most' }).fill('1');
  await form.getByRole('radio', { name: 'answers' }).click();
  await form.getByRole('radio', { name: 'Refuse questions' }).click();
  await expectAccessible(page);
  await form.getByRole('textbox', { name: 'Time zone' }).fill('Mars/Phobos');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('must be a time zone such as Asia/Shanghai').waitFor();
  forgive(422);
  await form.getByRole('textbox', { name: 'Time zone' }).fill('Asia/Shanghai');
  await form.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('table', { name: 'Limits' }).getByRole('row', { name: /Whole house/ });
  await row.getByText('0 of 1 answers').waitFor();

  await ask('echo: one', 'turns');
  await ask('echo: two', 'failed');
  await page.reload();
  await row.getByText('1 of 1 answers').waitFor();
  await row.getByText('Refuse questions').waitFor();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Edit: Whole house' }).click();
  const change = page.getByRole('dialog', { name: 'Limit: Whole house' });
  await change.getByRole('spinbutton', { name: 'At most' }).fill('2000');
  await change.getByRole('radio', { name: 'Each person alone' }).click();
  await change.getByRole('button', { name: 'Save' }).click();
  await row.getByText('1 of 2,000 answers').waitFor();
  await row.getByText('Each person alone').waitFor();
  expect(await limits()).toMatchObject([{ name: 'Whole house', amount: 2000, eachPerson: true, action: 'refuse', period: 'month' }]);

  await page.getByRole('button', { name: 'Delete: Whole house' }).click();
  await page.getByRole('tooltip').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No limits are set').waitFor();
});

test('one person or department is chosen among those who asked; a phone shows it all', async () => {
  await ask('echo: hello', 'turns');
  await api.make('spending-limits', { name: 'Ann alone', measure: 'tokens', amount: 1_000_000, period: 'day' });
  const page = await open('usage', PHONE);
  await page.getByText('Ann alone').waitFor();
  await page.getByRole('button', { name: 'Edit: Ann alone' }).click();
  const form = page.getByRole('dialog', { name: 'Limit: Ann alone' });
  await form.getByRole('radio', { name: 'One person' }).click();
  await form.getByRole('combobox', { name: 'One person' }).click();
  await page.locator('.ant-select-item-option').getByText('ann', { exact: true }).click();
  await form.getByRole('button', { name: 'Save' }).click();
  await form.waitFor({ state: 'hidden' });
  await page.getByRole('table', { name: 'Limits' }).getByText('ann', { exact: true }).waitFor();
  await expectFits(page);
});

test('whoever forgot the password is told the same whoever it is; an invitation that could not be mailed says so', async () => {
  const page = await open('overview');
  await page.route('**/api/v1/session', (route) => route.fulfill({ status: 401, json: { type: 'urn:parley:unauthenticated' } }));
  await page.reload();
  await page.getByRole('button', { name: 'Forgot your password?' }).click();
  await page.getByRole('textbox', { name: 'E-mail address' }).fill('nobody@example.com');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Mail me a link' }).click();
  await page.getByText('If an account has this address').waitFor();
  await page.getByRole('button', { name: 'Back to sign-in' }).click();
  await page.getByRole('textbox', { name: 'Password' }).waitFor();
  await page.unroute('**/api/v1/session');
  forgive(401);

  const settings = await open('settings/members');
  await settings.getByRole('textbox', { name: 'E-mail address' }).fill('new@example.com');
  await settings.getByRole('button', { name: 'Invite' }).click();
  const shown = settings.getByRole('dialog');
  await shown.getByText(/could not be mailed\. The mail server cannot be reached/).waitFor();
  await shown.getByText(/#\/link\//).waitFor();
});
