import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';

/** The browser's own choice of one, as wide as its place. */
export function Select({ className = '', children, ...rest }: ComponentProps<'select'>) {
  return (
    <span className="select wide">
      <select {...rest} className={`input ${className}`}>
        {children}
      </select>
      <ChevronDown className="i i-14" aria-hidden />
    </span>
  );
}
