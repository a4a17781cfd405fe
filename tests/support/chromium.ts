import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const PLACES = ['/usr/bin', '/snap/bin', '/Applications/Google Chrome.app/Contents/MacOS', '/Applications/Chromium.app/Contents/MacOS'];

/** For playwright's `launch`, which itself asks for no display, no sandboxing kernel and no network. */
export const chromiumFlags: readonly string[] = ['--disable-gpu', '--disable-quic'];

/** The path of a Chromium: `CHROMIUM`, an installed one, or (as root on Debian and Ubuntu) one installed now. Throws what to do otherwise. */
export function findChromium(): string {
  const wanted = process.env.CHROMIUM;
  if (wanted) {
    if (isExecutable(wanted)) return wanted;
    throw new Error(`CHROMIUM says ${wanted}, but that is not an executable file`);
  }
  const found = installed() ?? (install() ? installed() : undefined);
  if (found) return found;
  throw new Error(
    'The browser tests need Chromium: install it (Debian, Ubuntu: apt-get install chromium fonts-noto-cjk) or set CHROMIUM to its path',
  );
}

function installed(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...PLACES];
  return folders.flatMap((folder) => [...NAMES, 'Google Chrome', 'Chromium'].map((name) => join(folder, name))).find(isExecutable);
}

function install(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    execFileSync('apt-get', ['update'], options);
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-noto-cjk'], options);
    return true;
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
