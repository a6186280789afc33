import sys
import types
from pathlib import Path

import python as base


# As much of Django as the sample touches: a request, what is answered, the decorators, and a task.
def module(name, **members):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(members)


class HttpResponse:
    def __init__(self, status):
        self.status_code = status


class Task:
    @staticmethod
    def delay(id, body):
        if not id or not isinstance(body, str) or body == "":
            raise ValueError("nothing to handle")


def csrf_exempt(view):
    view.csrf_exempt = True
    return view


for name in ["django", "django.views", "django.views.decorators", "webhooks"]:
    module(name)
module("django.http", HttpResponse=HttpResponse)
module("django.views.decorators.csrf", csrf_exempt=csrf_exempt)
module("django.views.decorators.http", require_POST=lambda view: view)
module("webhooks.signature", is_genuine=base.is_genuine)
module("webhooks.tasks", handle_webhook=Task)

from sample import receive  # noqa: E402

assert receive.csrf_exempt
for header, file in zip(sys.argv[1::2], sys.argv[2::2]):
    headers = {"HostedHooks-Signature": header, "webhook-id": "1"}
    request = types.SimpleNamespace(headers=headers, body=Path(file).read_bytes())
    print({204: "genuine", 401: "refused"}[receive(request).status_code])
