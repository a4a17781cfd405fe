import { routeOf } from './address';
import './first-session';
import { pageCode } from './shell/page-code';

// A small script that asks for everything at once: who we are, the frame, and the page that is wanted.
void import('./main');
const { page } = routeOf(location.hash);
const code = page === '' ? pageCode.overview : pageCode[page as keyof typeof pageCode];
// Whoever shows the page asks again, and says what failed.
code?.fetch().catch(() => undefined);
