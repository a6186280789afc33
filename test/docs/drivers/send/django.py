import sys
import types

import python as base


# As much of Django as the sample touches: a signal, and a transaction that commits at once.
def module(name, **members):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(members)


class User:
    pk = 42
    email = "kim@example.com"


def send_message(*arguments):
    print(f"Sent message {base.send_message(*arguments)['id']}")


def receiver(signal, sender):
    return lambda function: receivers.append(function) or function


receivers = []
for name in ["django", "django.db.models", "users"]:
    module(name)
module("django.db", transaction=types.SimpleNamespace(on_commit=lambda work: work()))
module("django.db.models.signals", post_save="post_save")
module("django.dispatch", receiver=receiver)
module("users.models", User=User)
module("hostedhooks", send_message=send_message)

import sample  # noqa: E402, F401

for function in receivers:
    function(sender=User, instance=User(), created=False)
    function(sender=User, instance=User(), created=True)
