import { api, expectAccessible, expectFits, forgive, PHONE, picture, stack, visit } from '../support/page';
import { cardIn, cards, feedbackOf, newChat, openSandbox, say, watchCards } from './sandbox.scene';

describe('the sandbox', () => {
  it('shows one card that thinks, grows and is finished, and what happens inside', async () => {
    const page = await openSandbox();
    await newChat(page);
    const seen = await watchCards(page);
    await say(page, 'Look up which plan suits a team of three');
    await page.getByRole('article', { name: 'Lin Xia' }).getByText('Look up which plan suits a team of three').waitFor();
    await cardIn(page, 'done').waitFor();
    const { states, details } = await seen();
    expect(states).toEqual(['thinking', 'streaming', 'done']);
    expect(details.join()).toContain('Search: which plan suits');
    expect(await cards(page).count()).toBe(1);
    expect(await cards(page).textContent()).toMatch(/AI-generated · \d+\.\d s · echo/);

    const inside = page.getByRole('complementary', { name: 'What happens inside' });
    await inside.getByText('Done').waitFor();
    expect(await inside.getByRole('link', { name: 'Open in Temporal' }).getAttribute('href')).toMatch(/^http/);
    await page.getByText('Connected', { exact: true }).waitFor();
    await cards(page).getByText('2 steps').click();
    await cards(page)
      .getByRole('listitem')
      .filter({ hasText: 'Check 3 results' })
      .getByText(/\d\.\d s/)
      .waitFor();
    await expectAccessible(page);
    await picture(page, 'sandbox', 1020);
  });

  it('shows the same chat again after the page was loaded anew', async () => {
    const page = await openSandbox();
    await newChat(page);
    await say(page, 'echo: kept for later');
    await cardIn(page, 'done').waitFor();
    await page.reload();
    await cardIn(page, 'done').getByText('kept for later').waitFor();
    expect(await cards(page).count()).toBe(1);
    await page.getByRole('article', { name: 'Lin Xia' }).getByText('echo: kept for later').waitFor();
  });

  it('is the last step of a new installation, which is gone once somebody has spoken', async () => {
    const page = await openSandbox();
    await newChat(page);
    await say(page, 'echo: first steps');
    await cardIn(page, 'done').waitFor();
    await visit(page, 'overview');
    const steps = page.locator('.begin-steps li');
    await steps.and(page.locator('.is-done')).filter({ hasText: 'Talk to it' }).waitFor();
    expect(await steps.filter({ hasText: 'Connect a bot' }).getAttribute('class')).toBe('');
  });

  it('stops an answer by its button and keeps what was written', async () => {
    const page = await openSandbox();
    await newChat(page);
    await say(page, 'count to 2000');
    await cardIn(page, 'streaming').locator('.markdown').waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await cardIn(page, 'stopped').waitFor();
    expect(await cards(page).locator('.markdown').textContent()).toMatch(/^1/);
    expect(await page.getByRole('button', { name: 'Stop', exact: true }).count()).toBe(0);
  });

  it('takes a rating with its reason, by keyboard alone', async () => {
    const page = await openSandbox();
    await newChat(page);
    await say(page, 'echo: good enough?');
    await cardIn(page, 'done').waitFor();
    await cards(page).getByRole('button', { name: 'Bad answer' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Thank you, we will look into it.').waitFor();
    const why = page.getByRole('group', { name: 'What was wrong with it?' });
    await why.getByRole('button', { name: 'Not correct' }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await why.getByRole('button', { name: 'Incomplete' }).getAttribute('aria-pressed')).toBe('true');
    await why.getByRole('textbox').fill('where is the table?');
    await page.keyboard.press('Enter');
    await why.waitFor({ state: 'detached' });
    expect(await feedbackOf(page)).toEqual([
      expect.objectContaining({ person: 'Lin Xia', rating: 'bad', reason: 'incomplete', comment: 'where is the table?' }),
    ]);

    await cards(page).getByRole('button', { name: 'Good answer' }).click();
    await page.getByText('Thank you for the feedback.').waitFor();
    expect(await cards(page).getByRole('button', { name: 'Good answer' }).getAttribute('aria-pressed')).toBe('true');
    expect(await feedbackOf(page)).toEqual([expect.objectContaining({ rating: 'good', reason: null, comment: null })]);
  });

  it('answers once more in a card of its own, and then only there', async () => {
    const page = await openSandbox();
    await newChat(page);
    await say(page, 'echo: once more');
    await cardIn(page, 'done').getByRole('button', { name: 'Regenerate' }).click();
    await page.getByText('Answering once more …').waitFor();
    await cards(page).nth(1).and(cardIn(page, 'done')).getByText('once more').waitFor();
    const [old, newest] = [cards(page).first(), cards(page).nth(1)];
    expect(await old.getByRole('button', { name: 'Regenerate' }).count()).toBe(0);
    expect(await old.getByRole('button', { name: 'Good answer' }).count()).toBe(1);

    await newest.getByRole('button', { name: 'New session' }).click();
    await page.getByRole('article', { name: 'Parley' }).getByText('A new conversation begins').waitFor();
    await page.getByText('No open session').waitFor();
  });

  it('asks a stopped question again', async () => {
    const page = await openSandbox();
    await newChat(page);
    await say(page, 'count to 2000');
    await cardIn(page, 'streaming').getByRole('button', { name: 'Stop', exact: true }).click();
    await cardIn(page, 'stopped').getByRole('button', { name: 'Ask again' }).click();
    await cards(page).nth(1).and(cardIn(page, 'streaming')).waitFor();
    await cardIn(page, 'streaming').getByRole('button', { name: 'Stop', exact: true }).click();
    await cards(page).nth(1).and(cardIn(page, 'stopped')).waitFor();
  });

  it('tells others in a group that a button is not theirs', async () => {
    const page = await openSandbox();
    await newChat(page, 'Group');
    await say(page, 'How does this work?');
    await cardIn(page, 'done').waitFor();
    await page.getByRole('combobox', { name: 'Who speaks' }).click();
    await page.locator('.ant-select-item-option').getByText('Chen Mo').click();
    await cards(page).getByRole('button', { name: 'Regenerate' }).click();
    await page.getByText('Only those who asked may do that.').waitFor();
    expect(await cards(page).count()).toBe(1);
  });

  it('folds the thoughts of an expert where the integration shows them', async () => {
    const { integrationId } = stack.stack.sandbox;
    const patch = (reasoning: boolean | null) => api.call('PATCH', `integrations/${integrationId}`, { appearance: { reasoning } });
    await patch(true);
    const page = await openSandbox();
    await newChat(page);
    await say(page, 'look up the weather');
    const thoughts = cardIn(page, 'done').locator('details').filter({ hasText: 'Thoughts' });
    await thoughts.waitFor();
    expect(await thoughts.locator('.markdown').isVisible()).toBe(false);
    await thoughts.locator('summary').focus();
    await page.keyboard.press('Enter');
    await thoughts.getByText('I should look for').waitFor();
    await expectAccessible(page);
    await patch(null);
  });

  it('queues what is said meanwhile in one card, which becomes the answer', async () => {
    const page = await openSandbox();
    await newChat(page);
    await say(page, 'count to 2000');
    await cardIn(page, 'streaming').waitFor();
    await say(page, 'echo: second answer');
    const queued = cardIn(page, 'queued');
    await queued.getByText('Next in line').waitFor();
    const replyId = await queued.getAttribute('data-reply-id');
    await expectAccessible(page);
    await page.getByRole('button', { name: '/stop' }).click();
    const second = page.locator(`[data-reply-id="${replyId}"]`);
    await second.and(cardIn(page, 'done')).waitFor();
    expect(await second.textContent()).toContain('second answer');
    expect(await cards(page).count()).toBe(2);
  });

  it('answers a command with a plain message', async () => {
    const page = await openSandbox();
    await newChat(page);
    await page.getByRole('button', { name: '/help' }).click();
    await page.getByRole('article', { name: 'Parley' }).getByText('/stop').first().waitFor();
    expect(await cards(page).count()).toBe(0);
  });

  it('answers in a group when it is mentioned, and only then', async () => {
    const page = await openSandbox();
    await newChat(page, 'Group');
    await page.getByRole('switch', { name: 'Mention the bot' }).click();
    await say(page, 'echo: among ourselves');
    await page.getByRole('article', { name: 'Lin Xia' }).getByText('among ourselves').waitFor();

    await page.getByRole('combobox', { name: 'Who speaks' }).click();
    await page.locator('.ant-select-item-option').getByText('Chen Mo').click();
    await say(page, 'And you, @Parley');
    await page.getByRole('article', { name: 'Chen Mo' }).getByText('@Parley').waitFor();
    await cardIn(page, 'done').waitFor();
    expect(await cards(page).count()).toBe(1);
    expect(await cards(page).textContent()).not.toContain('among ourselves');
    await expectAccessible(page);
  });

  it('says that a message was not sent, and sends it once when asked again', async () => {
    const page = await openSandbox();
    await newChat(page);
    await page.route('**/sandbox/*/messages', (route) => route.abort());
    await say(page, 'echo: at last');
    await page.getByText('Not sent').waitFor();
    await page.unroute('**/sandbox/*/messages');
    await page.getByRole('button', { name: 'Try again' }).click();
    await cardIn(page, 'done').getByText('at last').waitFor();
    expect(await page.getByRole('article', { name: 'Lin Xia' }).count()).toBe(1);
    forgive('net::ERR_FAILED');
  });

  it('speaks the language of the browser, and the other one when asked', async () => {
    const page = await openSandbox({ locale: 'zh-CN', colorScheme: 'dark' });
    await page.getByRole('heading', { name: '内部过程' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Switch to English' }).click();
    await page.getByRole('heading', { name: 'What happens inside' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  });

  it('follows the colours of the system, and keeps a choice', async () => {
    const page = await openSandbox({ colorScheme: 'dark' });
    const colours = () => page.evaluate('document.documentElement.dataset.theme');
    expect(await colours()).toBe('dark');
    await page.getByRole('button', { name: 'Light colours' }).click();
    expect(await colours()).toBe('light');
    await page.reload();
    await page.getByRole('button', { name: 'Dark colours' }).waitFor();
    expect(await colours()).toBe('light');
  });

  it('fits a phone', async () => {
    const page = await openSandbox(PHONE);
    await page.getByRole('button', { name: 'Show chats' }).click();
    await newChat(page);
    await say(page, 'echo: small screen');
    await cardIn(page, 'done').getByText('small screen').waitFor();
    await expectFits(page);
    await page.getByRole('button', { name: 'Show what happens inside' }).click();
    await page.getByRole('dialog').getByText('Done').waitFor();
    await expectAccessible(page);
  });
});
