import { CheckCircleFilled } from '@ant-design/icons';
import { Button } from 'antd';
import type { WithStatus } from '../integrations/status';
import type { Expert, Page } from '../model';
import { Panel } from '../parts/page-frame';
import { useWords } from '../preferences';
import { useMay, useOpenSession } from '../session';
import { useLive } from '../use-poll';

/** The way to a first answer, while it has not been gone yet. */
export function Begin({
  integrations,
  talked,
}: {
  readonly integrations: readonly WithStatus[] | undefined;
  /** Somebody has said something already. */
  readonly talked: boolean;
}) {
  const words = useWords();
  const say = words.overview.begin;
  const { session } = useOpenSession();
  const mayConfigure = useMay('configure');
  const experts = useLive<Page<Expert>>('experts?limit=50');
  if (!mayConfigure || !integrations || !experts.value) return null;
  const connected = integrations.some(({ integration }) => integration.channel !== 'sandbox');
  const published = experts.value.items.some(({ publishedVersion }) => publishedVersion !== null);
  if (connected && published) return null;
  const steps = [
    { done: connected, title: say.steps.integration, hint: say.integrationHint, href: '#/integrations/new', go: words.integrations.new },
    { done: published, title: say.steps.expert, hint: say.expertHint, href: '#/experts/new', go: words.experts.new },
    ...(session.sandbox
      ? [{ done: talked, title: say.steps.talk, hint: say.talkHint, href: '#/sandbox', go: words.conversations.toSandbox }]
      : []),
  ];
  return (
    <Panel title={say.title} className="begin">
      <ol className="begin-steps">
        {steps.map(({ done, title, hint, href, go }, index) => (
          <li key={title} className={done ? 'is-done' : ''}>
            <span className="begin-number" aria-hidden="true">
              {done ? <CheckCircleFilled /> : index + 1}
            </span>
            <div>
              <strong>{title}</strong>
              <p>{hint}</p>
              {!done && <Button href={href}>{go}</Button>}
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
