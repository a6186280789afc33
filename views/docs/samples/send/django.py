# users/signals.py, with the functions of the Python sample in hostedhooks.py
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from hostedhooks import send_message
from users.models import User


@receiver(post_save, sender=User)
def tell_of_user(sender, instance, created, **kwargs):
    if not created:
        return
    data = {"id": instance.pk, "email": instance.email}
    event_id = f"user-{instance.pk}-created"
    # After the commit: what is rolled back must not be told. A task queue in place of the lambda retries.
    transaction.on_commit(lambda: send_message("user.created", data, event_id))
