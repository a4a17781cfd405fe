/** Parley's mark; the same drawing as `public/favicon.svg`. */
export const Logo = ({ size = 28 }: { readonly size?: number }) => (
  <img src="./favicon.svg" width={size} height={size} alt="" className="logo" />
);

/** A neutral sign for the workflow engine's own pages. */
export const TemporalMark = () => (
  <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.3" aria-hidden="true">
    <ellipse cx="8" cy="8" rx="3" ry="6.4" />
    <ellipse cx="8" cy="8" rx="6.4" ry="3" />
  </svg>
);
