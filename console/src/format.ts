/** A length of time in the two units that matter: `850 ms`, `12.4 s`, `3:05`, `2 h 10 min`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format takes a browser longer than all else in a line of a table, so each is made once. */
function timeText(at: string | number, locale: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${locale} ${Object.entries(options).join()}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(key, format);
  return format.format(new Date(at));
}

export const clockText = (at: string | number, locale: string): string => timeText(at, locale, { hour: '2-digit', minute: '2-digit' });

export const dayText = (at: string | number, locale: string): string => timeText(at, locale, { month: 'short', day: 'numeric' });

/** Date and time to the second. */
export const fullText = (at: string | number, locale: string): string => timeText(at, locale, { dateStyle: 'medium', timeStyle: 'medium' });

/** The time alone for today, with its date for any other day. */
export function momentText(at: string | number, locale: string): string {
  if (new Date(at).toDateString() === new Date().toDateString()) return clockText(at, locale);
  return timeText(at, locale, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
}
