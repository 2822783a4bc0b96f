import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

interface PictureProps {
  title: string;
  /** One sentence that says what the picture says. */
  says: string;
  /** Draws for a width. */
  draw: (width: number) => ReactNode;
  table: ReactNode;
  legend?: ReactNode;
  aside?: ReactNode;
  height_min?: number;
}

/** A picture with its table: the same numbers for whoever cannot see it, or wants to copy them. */
export function Picture({ title, says, draw, table, legend, aside, height_min = 60 }: PictureProps): ReactNode {
  const [asTable, setAsTable] = useState(false);
  const [width, box] = useWidth();
  const id = useId();
  return (
    <figure className="picture" aria-labelledby={id}>
      <figcaption>
        <span className="picture-title" id={id}>
          {title}
        </span>
        <span className="picture-says">{says}</span>
        {aside}
        <button type="button" className="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show picture' : 'Show as table'}
        </button>
      </figcaption>
      <div ref={box} className="picture-box" style={asTable ? {} : { minHeight: height_min }}>
        {asTable ? table : width > 0 ? draw(width) : null}
      </div>
      {legend === undefined || asTable ? null : <div className="legend">{legend}</div>}
    </figure>
  );
}

export function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [width, box] as const;
}
