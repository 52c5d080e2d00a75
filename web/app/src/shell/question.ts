import { create } from "zustand";

/** What is asked before something is done that cannot simply be undone. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button that goes on is called. */
  readonly act: string;
  /** Something is lost by it. */
  readonly grave?: boolean;
}

interface QuestionState {
  readonly question: Question | null;
  answer(yes: boolean): void;
}

let answered: ((yes: boolean) => void) | null = null;

/** The question that is open, if one is. */
export const useQuestion = create<QuestionState>((set) => ({
  question: null,
  answer: (yes) => {
    answered?.(yes);
    answered = null;
    set({ question: null });
  },
}));

/** Asks in words, and answers whether to go on. */
export function ask(question: Question): Promise<boolean> {
  useQuestion.getState().answer(false);
  return new Promise((resolve) => {
    answered = resolve;
    useQuestion.setState({ question });
  });
}
