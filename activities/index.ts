import { createAnswer } from './answer';
import { createConnectionStory } from './connection-story';
import type { Deps } from './deps';
import { createHoldConnection } from './hold-connection';
import { createNotices } from './notices';
import { createSweep } from './sweep';
import { createTurnEnds } from './turn-ends';

export type Activities = ReturnType<typeof createActivities>;

/** Each step that touches the world, over what it needs. */
export const createActivities = (deps: Deps) => ({
  answer: createAnswer(deps),
  ...createTurnEnds(deps),
  ...createNotices(deps),
  holdConnection: createHoldConnection(deps),
  ...createConnectionStory(deps),
  sweep: createSweep(deps),
});
