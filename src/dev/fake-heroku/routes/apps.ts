import type { Request, Response } from 'express';
import { answerList } from '#src/dev/fake-heroku/answer-list.ts';
import { authenticateForApp, authenticateForTeam } from '#src/dev/fake-heroku/authenticate.ts';
import { peopleOf } from '#src/dev/fake-heroku/people.ts';
import type { Platform } from '#src/dev/fake-heroku/platform.ts';
import { ownerOf, presentApp, presentCollaborator, presentMember } from '#src/dev/fake-heroku/present.ts';

/** The routes of the apps that the token's add-on is attached to, and of the people of the apps. */
export function appRoutes(platform: Platform, pageSize: number) {
  return {
    async show(req: Request, res: Response): Promise<void> {
      const { world, app } = await authenticateForApp(platform, req);
      res.json(presentApp(world, app));
    },
    /** Heroku lists the owner as well; a team has the address that {@link ownerOf} invents. */
    async collaborators(req: Request, res: Response): Promise<void> {
      const { world, app } = await authenticateForApp(platform, req);
      const team = app.teamId === null ? [] : [{ ...ownerOf(world, app), role: 'owner' }];
      const people = peopleOf(world, app).filter(({ role }) => ['owner', 'collaborator'].includes(role));
      const items = [...team, ...people].map(({ role, ...person }) => {
        const known = app.collaborators.find(({ personId }) => personId === person.id);
        return presentCollaborator(app, { id: known?.id ?? person.id, person, role });
      });
      answerList(req, res, { items, pageSize });
    },
    async members(req: Request, res: Response): Promise<void> {
      const { team } = await authenticateForTeam(platform, req);
      answerList(req, res, { items: team.members.map(presentMember), pageSize });
    },
  };
}
