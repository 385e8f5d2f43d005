"""What browsers may load and run on the admin's pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Unfold's Alpine.js compiles its expressions, hence 'unsafe-eval'; there is no inline script anywhere, so
# markup that got into a page can run nothing (F-112). Styles are inline in unfold's templates.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class AdminContentSecurityPolicy:
    """Adds the policy to every page of the admin that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and "admin" in match.namespaces:
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
