import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkerOptions } from '@temporalio/worker';
import { createStage, type Stage } from './stage';
import { startTemporal, startWorkers } from './temporal';

/** Where the tests of one file play; stands from before the first of them until after the last. */
export interface OnStage {
  readonly env: TestWorkflowEnvironment;
  readonly stage: Stage;
}

/** Sets up a Temporal server and a stage with its workers for all tests of a file. */
export function onStage(dynamicConfig: readonly string[] = [], options: Partial<WorkerOptions> = {}): OnStage {
  let env: TestWorkflowEnvironment | undefined;
  let stage: Stage | undefined;
  let stopWorkers: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    env = await startTemporal(dynamicConfig);
    stage = createStage(env);
    stopWorkers = await startWorkers(env, stage.activities, options);
  }, 60_000);
  afterAll(async () => {
    await stopWorkers?.();
    await env?.teardown();
  }, 20_000);
  return {
    get env() {
      return env!;
    },
    get stage() {
      return stage!;
    },
  };
}
