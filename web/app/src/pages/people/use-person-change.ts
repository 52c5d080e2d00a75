import { useMutation, useQueryClient } from "@tanstack/react-query";
import { explain } from "../../api/http.ts";
import { type Person, type PersonChange, people } from "../../api/people.ts";
import { keys } from "../../api/queries.ts";
import { ROLES, type Role, type User } from "../../api/session.ts";
import { ask } from "../../shell/question.ts";
import { useToasts } from "../../shell/toasts.tsx";
import { peopleTexts } from "../../strings/people.ts";
import { strings } from "../../strings.ts";

const text = peopleTexts;

/** Changes something about someone, and says so. */
export function usePersonChange(person: Person) {
  const queries = useQueryClient();
  const show = useToasts((state) => state.show);
  return useMutation({
    mutationFn: ({ change }: { change: PersonChange; done: string }) => people.change(person.id, change),
    onSuccess: (_, { done }) => {
      show({ topic: "people", text: done });
      void queries.invalidateQueries({ queryKey: keys.userAccess(person.id) });
      void queries.invalidateQueries({ queryKey: keys.userSessions(person.id) });
      return queries.invalidateQueries({ queryKey: keys.users });
    },
    onError: (error) => show({ topic: "people", text: explain(error), tone: "bad" }),
  });
}

/** Why someone's rights cannot be changed by this user; `null` if they can. */
export function whyNot(person: Person, self: User): string | null {
  if (person.id === self.id) return text.ownRole;
  return ROLES.indexOf(person.role) < ROLES.indexOf(self.role) ? text.mightier : null;
}

/** Asks before a role is given, in words: what it means is not obvious from its name. */
export function askForRole(person: Person, role: Role): Promise<boolean> {
  return ask({
    title: text.roleTitle(person.name, aRole(role)),
    text: text.roleText[role],
    act: text.roleAct,
  });
}

/** A role in the middle of a sentence. */
export function aRole(role: Role): string {
  return strings.roles[role].toLowerCase();
}
