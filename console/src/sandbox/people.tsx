import { useWords } from '../preferences';
import type { Words } from '../words';

/** Demo people. Their English names are their ids, so that transcripts are readable; other languages have their own. */
export const demoPeople: readonly string[] = ['Lin Xia', 'Chen Mo', 'Mei Tan', 'Wang Lei'];

export const nameOf = (words: Words, sender: string): string => words.people[sender] ?? sender;

const COLOURS = ['#3d6ae0', '#a3511a', '#0a7d6c', '#8a4bd0', '#b23a6b', '#4c6b14', '#0b6fa4', '#6b5b2e'];

/** A person's initials on their own colour; decoration, since the name always stands beside it. */
export function PersonAvatar({ sender, size = 36 }: { readonly sender: string; readonly size?: number }) {
  const name = nameOf(useWords(), sender);
  const demo = demoPeople.indexOf(sender);
  const colour = COLOURS[demo >= 0 ? demo : [...sender].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % COLOURS.length];
  return (
    <span className="avatar" aria-hidden="true" style={{ width: size, height: size, background: colour, fontSize: size * 0.38 }}>
      {initials(name)}
    </span>
  );
}

export function BotAvatar({ size = 36 }: { readonly size?: number }) {
  return (
    <span className="avatar avatar-bot" aria-hidden="true" style={{ width: size, height: size }}>
      <svg width={size * 0.62} height={size * 0.62} viewBox="6 6 20 20" aria-hidden="true">
        <path
          d="M8 11.5A3.5 3.5 0 0 1 11.5 8h9a3.5 3.5 0 0 1 3.5 3.5v5a3.5 3.5 0 0 1-3.5 3.5H15l-4.6 3.7a.6.6 0 0 1-1-.5V19.4A3.5 3.5 0 0 1 8 16.5z"
          fill="#fff"
        />
        <g fill="#2f74f2">
          <circle cx="12.6" cy="14" r="1.5" />
          <circle cx="16" cy="14" r="1.5" />
          <circle cx="19.4" cy="14" r="1.5" />
        </g>
      </svg>
    </span>
  );
}

/** Two people one behind the other, for a group. */
export function GroupAvatar({ members, size = 36 }: { readonly members: readonly string[]; readonly size?: number }) {
  return (
    <span className="avatar-group" aria-hidden="true" style={{ width: size, height: size }}>
      {members.slice(0, 2).map((member) => (
        <PersonAvatar key={member} sender={member} size={size * 0.62} />
      ))}
    </span>
  );
}

const initials = (name: string): string =>
  /\p{Script=Han}/u.test(name)
    ? name.slice(-2)
    : name
        .split(/[\s._-]+/)
        .map((word) => word[0] ?? '')
        .join('')
        .slice(0, 2)
        .toUpperCase();
