/** When a day of this browser begins, `later` days after it; undefined for what is no day. @param day `2026-11-29` */
export function dayStart(day: string | null | undefined, later = 0): string | undefined {
  const date = day ? new Date(`${day}T00:00`) : undefined;
  if (!date || Number.isNaN(date.getTime())) return undefined;
  date.setDate(date.getDate() + later);
  return date.toISOString();
}
