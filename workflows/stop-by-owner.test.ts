import { ApplicationFailure } from '@temporalio/common';
import { onStage } from '../tests/support/on-stage';
import { keepHistory, type StagedChat } from '../tests/support/stage';
import { eventually } from '../tests/support/world';
import { conversationQuery } from './messages';

const on = onStage();
jest.setTimeout(30_000);

// `stop-refused` among the histories is of the time before the platform was asked: such a stop was refused at once.

const shared = { shared: true };
const byBob = { ...shared, personId: 'bob' };

function until<T>() {
  let go: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    go = resolve;
  });
  return { promise, go };
}

/** A question in a group whose answer takes until it is told to end. */
async function answering(): Promise<{ readonly chat: StagedChat; readonly end: () => void }> {
  const chat = on.stage.chat();
  const answer = until<undefined>();
  chat.course = () => answer.promise;
  await chat.say('a', shared);
  await chat.answered(1);
  return { chat, end: () => answer.go(undefined) };
}

const running = async (chat: StagedChat) => (await chat.handle.query(conversationQuery)).running;

it('stops when the platform says that they own the group', async () => {
  const { chat } = await answering();
  chat.owning = async () => true;
  const stop = chat.make('stop', { kind: 'command', command: 'stop', ...byBob });
  await chat.tell(stop);
  await eventually('rest', async () => (await running(chat)) === undefined);
  await chat.quiet();
  expect([chat.ownersAsked, chat.notices.map(({ notice, end }) => [notice, end])]).toEqual([[stop.id], [['stopped', 'done']]]);
  await keepHistory('stopped-by-owner', chat.handle);
});

it.each([
  ['says that they do not', async () => false],
  [
    'cannot say',
    async () => {
      throw ApplicationFailure.nonRetryable('no right to know');
    },
  ],
])('is refused when the platform %s, and the answer goes on', async (_, owning) => {
  const { chat, end } = await answering();
  chat.owning = owning;
  await chat.command('stop', byBob);
  await eventually('the refusal', () => chat.notices.length > 0);
  await chat.tell(chat.make('press', { kind: 'action', action: 'stop', target: chat.answers[0]!.turnId, ...byBob }));
  await eventually('the end of the press', () => chat.settled.length > 0);
  expect(await running(chat)).toBeDefined();
  expect(chat.notices).toMatchObject([{ notice: 'notYours', end: 'refused' }]);
  expect(chat.settled).toMatchObject([{ eventIds: [`${chat.id}:press`], end: 'refused' }]);
  end();
  await chat.quiet();
});

it('harms no later answer when the platform takes its time', async () => {
  const { chat, end } = await answering();
  await chat.say('b', shared);
  const platform = until<boolean>();
  chat.owning = () => platform.promise;
  await chat.command('stop', byBob);
  await eventually('the question', () => chat.ownersAsked.length > 0);
  const later = until<undefined>();
  chat.course = () => later.promise;
  end();
  await chat.answered(2);
  platform.go(true);
  await eventually('the notice', () => chat.notices.length > 0);
  expect(chat.notices).toMatchObject([{ notice: 'nothingToStop', end: 'done' }]);
  expect(await running(chat)).toBeDefined();
  later.go(undefined);
  await chat.quiet();
  expect([...chat.ends().values()]).toEqual([1, 1, 1]);
});
