import { withQuery } from '../api';
import type { Expert } from '../model';
import { type Difference, Differences } from '../parts/differences';
import { Loaded } from '../parts/states';
import { useLook } from '../use-poll';
import { useSettingNames } from './setting-names';

interface Props {
  readonly expert: Expert;
  /** A version's number, `published` or `draft`; so is `to`. */
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** Said where nothing differs. */
  readonly same: string;
}

/** What differs between two versions of an expert. */
export function VersionDifferences({ expert: { id, backend }, from, to, label, same }: Props) {
  const nameOf = useSettingNames(backend);
  const path = withQuery(`experts/${id}/diff`, { from, to });
  const found = useLook(path, (api, signal) => api.get<{ readonly items: readonly Difference[] }>(path, signal), 'once');
  return (
    <Loaded of={found}>
      {found.value?.items.length === 0 ? (
        <p className="quiet">{same}</p>
      ) : (
        <Differences label={label} of={found.value?.items ?? []} nameOf={nameOf} />
      )}
    </Loaded>
  );
}
