"""`/api/v1/callbacks/reconcile`: for who reads the PBXs' logs."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from relay.callbacks.reconciled import ReconcileBody, ReconciledCall, ReconciledShown
from relay.callbacks.reconciling import Reconciling
from relay.http.answers import answered
from relay.http.auth import PRINCIPAL, Role, allow
from relay.http.bodies import read_body
from relay.http.operations import Operation, describe


@dataclass(frozen=True, slots=True)
class ReconcileRoutes:
    service: Reconciling

    @allow(Role.SERVICE)
    @describe(
        Operation(
            id="reconcileCallbacks",
            summary="What the PBXs' logs know and the relay missed",
            tag="Callbacks",
            description="The same again changes nothing. With a missed call tell, in one request, the later calls "
            "in which its caller was answered or reached. A number is taken only here, and only where it is wanted.",
            answer=ReconciledShown,
            body=ReconcileBody,
        )
    )
    async def reconcile(self, request: web.Request) -> web.Response:
        body = await read_body(request, ReconcileBody)
        results = await self.service.reconcile(body.calls, request[PRINCIPAL])
        found = [
            ReconciledCall(pbx=told.pbx, uniqueid=told.uniqueids[0], result=result)
            for told, result in zip(body.calls, results, strict=True)
        ]
        return answered(ReconciledShown(calls=found))

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/v1/callbacks/reconcile", self.reconcile)]
