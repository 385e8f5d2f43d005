"""auth/: tokens for a password, a new pair for a refresh token, the end of one."""

from typing import Any

import axes.utils
from django.contrib.auth import authenticate
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from messaging import lockout
from messaging.api import auth
from messaging.api.serializers.auth import LoginBody, Nothing, RefreshBody, TokenPair, VerifyBody


class TokenDoor(GenericAPIView[Any]):
    """Open to anybody: the body proves who asks."""

    authentication_classes = ()
    permission_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'

    def body(self, request: Request) -> dict[str, Any]:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class Login(TokenDoor):
    serializer_class = LoginBody

    @extend_schema(operation_id="auth_token", request=LoginBody, responses={200: TokenPair})
    def post(self, request: Request) -> Response:
        """User name and password for a pair of tokens. Too many failures: 429."""
        body = self.body(request)
        username: str = body["username"]
        http: Any = request._request
        user = authenticate(request=http, username=username, password=body["password"])
        if getattr(http, "axes_locked_out", False):
            http.axes_locked_out = False  # this answer stands: axes would write its own over it
            raise Throttled(wait=lockout.seconds_left(http, username))
        if user is None:
            raise AuthenticationFailed(auth.INVALID_LOGIN, code="no_active_account")
        _forget_failures(http, username)
        return Response(auth.pair(user))


class Refresh(TokenDoor):
    serializer_class = RefreshBody

    @extend_schema(operation_id="auth_refresh", request=RefreshBody, responses={200: TokenPair})
    def post(self, request: Request) -> Response:
        """A new pair; the refresh token given is used up."""
        return Response(auth.rotate(self.body(request)["refresh"]))


class Verify(TokenDoor):
    serializer_class = VerifyBody

    @extend_schema(operation_id="auth_verify", request=VerifyBody, responses={200: Nothing})
    def post(self, request: Request) -> Response:
        """200 while the token, access or refresh, is accepted; else 401."""
        auth.verify(self.body(request)["token"])
        return Response({})


class Logout(TokenDoor):
    serializer_class = RefreshBody

    @extend_schema(operation_id="auth_logout", request=RefreshBody, responses={200: Nothing})
    def post(self, request: Request) -> Response:
        """Revokes the refresh token."""
        auth.revoke(self.body(request)["refresh"])
        return Response({})


def _forget_failures(request: HttpRequest, username: str) -> None:
    axes.utils.reset(ip=lockout.client_address(request), username=username)
