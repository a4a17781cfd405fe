import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Everything workflows need, as one script. Made before production, not at every start: it takes seconds. */
export async function bundleWorkflows(): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath: join(__dirname, '..', 'workflows'), logger: new DefaultLogger('ERROR') });
  return code;
}
