import type { ReactNode } from "react";

function Glyph({ children }: { children: ReactNode }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const ChevronDown = () => (
  <Glyph>
    <path d="m4 6 4 4 4-4" />
  </Glyph>
);
export const Check = () => (
  <Glyph>
    <path d="m3.5 8.5 3 3 6-7" />
  </Glyph>
);
export const Cross = () => (
  <Glyph>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Glyph>
);
export const Plus = () => (
  <Glyph>
    <path d="M8 3v10M3 8h10" />
  </Glyph>
);
export const Undo = () => (
  <Glyph>
    <path d="M6 4 3 7l3 3M3 7h6.5a3.5 3.5 0 0 1 0 7H7" />
  </Glyph>
);
export const Grip = () => (
  <Glyph>
    <path d="M6 3.5v.01M10 3.5v.01M6 8v.01M10 8v.01M6 12.5v.01M10 12.5v.01" strokeWidth="2" />
  </Glyph>
);
export const Arrange = () => (
  <Glyph>
    <path d="M2.5 2.5h5v6h-5zM9.5 2.5h4v4h-4zM9.5 8.5h4v5h-4zM2.5 10.5h5v3h-5z" />
  </Glyph>
);
export const Plug = () => (
  <Glyph>
    <path d="M6 2v3M10 2v3M4 5h8v2.5a4 4 0 0 1-8 0zM8 11.5V14" />
  </Glyph>
);
export const Key = () => (
  <Glyph>
    <path d="M5.25 13.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM7.3 8.7l6.2-6.2M10.5 5.5l2 2" />
  </Glyph>
);
export const Exit = () => (
  <Glyph>
    <path d="M6.5 2.5h-4v11h4M6 8h7.5M10.5 5l3 3-3 3" />
  </Glyph>
);
export const Sun = () => (
  <Glyph>
    <path d="M8 5.25a2.75 2.75 0 1 0 0 5.5 2.75 2.75 0 0 0 0-5.5ZM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7" />
  </Glyph>
);
export const Moon = () => (
  <Glyph>
    <path d="M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6Z" />
  </Glyph>
);
export const Screen = () => (
  <Glyph>
    <path d="M2 3h12v8H2zM6 13.5h4M8 11v2.5" />
  </Glyph>
);
export const Person = () => (
  <Glyph>
    <path d="M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM3.5 13.5c.5-2.3 2.3-3.5 4.5-3.5s4 1.2 4.5 3.5" />
  </Glyph>
);
export const People = () => (
  <Glyph>
    <path d="M6 7.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5ZM1.75 13c.4-2.1 2-3.25 4.25-3.25S9.85 10.9 10.25 13M10.5 3.2a2.25 2.25 0 0 1 0 4.1M12 9.9c1.3.5 2 1.5 2.25 3.1" />
  </Glyph>
);
export const Log = () => (
  <Glyph>
    <path d="M3.5 2.5h9v11h-9zM6 5.5h4M6 8h4M6 10.5h2" />
  </Glyph>
);
export const Share = () => (
  <Glyph>
    <path d="M8 10V2.5M5 5l3-3 3 3M3.5 8v5.5h9V8" />
  </Glyph>
);
export const Device = () => (
  <Glyph>
    <path d="M3 3h10v7.5H3zM1.5 13h13" />
  </Glyph>
);
export const Back = () => (
  <Glyph>
    <path d="M13 8H3M7 4 3 8l4 4" />
  </Glyph>
);
export const Boards = () => (
  <Glyph>
    <path d="M2.5 3h11v10h-11zM2.5 6.5h11M6.5 6.5V13" />
  </Glyph>
);
export const Copy = () => (
  <Glyph>
    <path d="M5.5 5.5h7v8h-7zM10.5 5.5v-3h-7v8h2" />
  </Glyph>
);
export const Trash = () => (
  <Glyph>
    <path d="M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9" />
  </Glyph>
);

/** The product's mark. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="mark-ground" />
      <g fill="none" strokeWidth="2.6" strokeLinecap="round" className="mark-wave">
        <path d="M5 20c3.5 0 3.5-4 7-4s3.5 4 7 4 4-4 8-4" />
        <path d="M5 13.5c3.5 0 3.5-4 7-4s3.5 4 7 4 4-4 8-4" opacity=".5" />
      </g>
    </svg>
  );
}
