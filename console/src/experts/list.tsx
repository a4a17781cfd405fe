import { PlusOutlined, RobotOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { Expert } from '../model';
import { useNames } from '../parts/names';
import { PageFrame } from '../parts/page-frame';
import { Moment } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { useWords } from '../preferences';
import { useMay } from '../session';
import { usePages } from '../use-poll';
import { ExpertMark } from './mark';

/** All experts, and which of them answer. */
export function ExpertList() {
  const words = useWords();
  const names = useNames();
  const experts = usePages<Expert>('experts');
  const mayConfigure = useMay('configure');
  const create = mayConfigure && (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} href="#/experts/new">
      {words.experts.new}
    </Button>
  );
  return (
    <PageFrame title={words.experts.title} about={words.experts.about} actions={create}>
      <Loaded of={experts} rows={6}>
        {experts.items?.length === 0 ? (
          <Nothing title={words.experts.empty} hint={words.experts.emptyHint} action={create} />
        ) : (
          <ul className="cards">
            {experts.items?.map((expert) => (
              <li key={expert.id} className="tile">
                <div className="tile-head">
                  <span className="channel-mark channel-expert" aria-hidden="true">
                    <RobotOutlined />
                  </span>
                  <div className="tile-title">
                    <h2>
                      <a href={`#/experts/${expert.id}`}>{expert.name}</a>
                    </h2>
                    <p>{names.backend(expert.backend)}</p>
                  </div>
                  <ExpertMark expert={expert} />
                </div>
                <dl className="tile-facts">
                  <div>
                    <dt>{words.common.created}</dt>
                    <dd>
                      <Moment at={expert.createdAt} />
                    </dd>
                  </div>
                </dl>
              </li>
            ))}
          </ul>
        )}
        <More more={experts.more} />
      </Loaded>
    </PageFrame>
  );
}
