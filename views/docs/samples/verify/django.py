# webhooks/views.py, with is_genuine() of the Python sample in webhooks/signature.py
import os

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from webhooks.signature import is_genuine
from webhooks.tasks import handle_webhook


@csrf_exempt  # A sender has no CSRF token; the signature stands in for it.
@require_POST
def receive(request):
    # request.body is the body as it came: read it before request.POST.
    secret = os.environ["HOSTEDHOOKS_SIGNING_SECRET"]
    if not is_genuine(request.headers.get("HostedHooks-Signature"), request.body, secret):
        return HttpResponse(status=401)
    handle_webhook.delay(request.headers["webhook-id"], request.body.decode())
    return HttpResponse(status=204)
