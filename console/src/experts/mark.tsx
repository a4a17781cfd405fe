import type { Expert } from '../model';
import { Pill } from '../parts/small';
import { useWords } from '../preferences';

/** Whether the expert answers, and with which version. */
export function ExpertMark({ expert: { publishedVersion, paused } }: { readonly expert: Expert }) {
  const say = useWords().experts;
  if (paused) return <Pill tone="expired">{say.paused}</Pill>;
  return (
    <Pill tone={publishedVersion === null ? 'waiting' : 'done'}>{publishedVersion === null ? say.never : say.live(publishedVersion)}</Pill>
  );
}
