import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { isTyping } from './keys.tsx';

interface GridProps {
  label: string;
  count: number;
  row_px: number;
  /** Row that is open, -1 for none. */
  selected: number;
  rowKey: (index: number) => string;
  draw: (index: number) => ReactNode;
  onSelect: (index: number) => void;
  onOpen: (index: number) => void;
  onClose: () => void;
  onRange?: (first: number, last: number) => void;
}

const AHEAD = 8;

/**
 * Rows of one height, of which only those in sight are in the page. The cursor moves with j, k and the arrows wherever the
 * focus is, unless somebody types; a row is named to assistive technology by `aria-activedescendant`.
 */
export function Grid(props: GridProps): ReactNode {
  const { label, count, row_px, selected, rowKey, draw, onSelect, onRange } = props;
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => row_px,
    overscan: AHEAD,
  });
  const cursor = useCursor(
    props,
    useCallback((index) => virtual.scrollToIndex(index, { align: 'auto' }), [virtual]),
  );
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => onRange?.(first, last), [first, last, onRange]);
  return (
    <div
      ref={box}
      className="grid"
      role="grid"
      aria-label={label}
      aria-rowcount={count}
      aria-activedescendant={count > 0 ? `row-${cursor}` : undefined}
      tabIndex={0}
    >
      <div className="grid-rows" role="presentation" style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, start }) => (
          <div
            key={rowKey(index)}
            id={`row-${index}`}
            role="row"
            aria-rowindex={index + 1}
            aria-selected={index === selected}
            className={`grid-row${index === cursor ? ' is-cursor' : ''}`}
            style={{ height: row_px, transform: `translateY(${start}px)` }}
            onClick={() => onSelect(index)}
          >
            {draw(index)}
          </div>
        ))}
      </div>
    </div>
  );
}

const STEP: Record<string, number> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

function useCursor(
  { count, selected, onSelect, onOpen, onClose }: GridProps,
  scrollTo: (index: number) => void,
): number {
  const [cursor, setCursor] = useState(0);
  useEffect(() => {
    if (selected >= 0) setCursor(selected);
  }, [selected]);
  const at = Math.min(cursor, Math.max(0, count - 1));
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const isArrow = event.key.startsWith('Arrow');
      const step = STEP[event.key];
      if (step !== undefined && count > 0 && (!isArrow || isOnGrid(event))) {
        event.preventDefault();
        const next = Math.min(count - 1, Math.max(0, at + step));
        setCursor(next);
        scrollTo(next);
        if (selected >= 0) onSelect(next);
      } else if (event.key === 'Enter' && count > 0 && isFree(event)) onOpen(at);
      else if (event.key === 'Escape') onClose();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [at, count, selected, onSelect, onOpen, onClose, scrollTo]);
  return at;
}

function isOnGrid({ target }: KeyboardEvent): boolean {
  return target === document.body || (target instanceof HTMLElement && target.closest('.grid') !== null);
}

/** Enter on a link or a button is for that. */
function isFree({ target }: KeyboardEvent): boolean {
  return !(target instanceof HTMLElement && target.closest('a, button, summary, [role=button]') !== null);
}
