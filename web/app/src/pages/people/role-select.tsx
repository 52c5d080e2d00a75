import type { Person } from "../../api/people.ts";
import { type Role, rolesOf, type User } from "../../api/session.ts";
import { SelectField } from "../../forms/select-field.tsx";
import { peopleTexts } from "../../strings/people.ts";
import { strings } from "../../strings.ts";
import { aRole, askForRole, usePersonChange, whyNot } from "./use-person-change.ts";

const text = peopleTexts;

/** Someone's role, and those that they can be given. */
export function RoleSelect({ person, self, quiet }: { person: Person; self: User; quiet: boolean }) {
  const change = usePersonChange(person);
  const fixed = whyNot(person, self);
  const roles = new Set<Role>([person.role, ...(fixed === null ? rolesOf(self) : [])]);
  const choose = async (role: Role) => {
    if (!(await askForRole(person, role))) return;
    change.mutate({ change: { role }, done: text.roleDone(person.name, aRole(role)) });
  };
  return (
    <SelectField<Role>
      label={quiet ? text.roleOf(person.name) : text.role}
      quiet={quiet}
      value={person.role}
      options={[...roles].map((role) => [role, strings.roles[role]])}
      disabled={fixed !== null || change.isPending}
      title={fixed ?? undefined}
      onChange={(role) => void choose(role)}
    />
  );
}
