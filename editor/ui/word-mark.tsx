import { useTranslation } from 'react-i18next';

/** The name, drawn: the indigo thread is the bar of the f and the t. */
export function WordMark({ height = 26 }: { readonly height?: number }) {
  const { t } = useTranslation();
  return (
    <svg height={height} width={(height * 77) / 32} viewBox="0 0 77 32" role="img" aria-label={t('shell.brand')}>
      <g fill="none" stroke="currentColor" strokeWidth="3.2" strokeLinecap="round" strokeLinejoin="round">
        <path d="M2.500 10.500C5.700 10.500 5 24 9 24s3.200-12.500 6-12.500S17 24 21 24s3.300-13.500 6.500-13.500" />
        <path d="M33.500 17.200h13.600a6.800 6.800 0 1 0-2.200 5" />
        <path d="M55 24V15M55 8.400C55 5.400 56.800 4 60 4.300" />
        <path d="M68 5v14c0 3.400 1.600 5 5 4.900" />
      </g>
      <g fill="none" stroke="var(--accent)" strokeWidth="3.2" strokeLinecap="round">
        <path d="M51 11.700H64.400M71.600 11.700H74" />
      </g>
    </svg>
  );
}
