import type { ReactNode } from 'react';

export interface Section {
  /** The last part of its address; empty for the first one. */
  readonly path: string;
  readonly title: string;
  readonly content: ReactNode;
}

interface Props {
  /** What they are the sections of, for screen readers. */
  readonly label: string;
  /** The address of the page they belong to: `settings`. */
  readonly base: string;
  readonly sections: readonly Section[];
  readonly current: string | undefined;
}

/** Parts of a page, one shown at a time, each with an address of its own. */
export function Sections({ label, base, sections, current }: Props) {
  const shown = sections.find(({ path }) => path === (current ?? '')) ?? sections[0];
  return (
    <>
      <nav className="sections" aria-label={label}>
        {sections.map(({ path, title }) => (
          <a
            key={path}
            className="section-link"
            href={`#/${base}${path && `/${path}`}`}
            aria-current={path === shown?.path ? 'true' : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      {shown?.content}
    </>
  );
}
