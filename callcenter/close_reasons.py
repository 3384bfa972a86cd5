"""Why a call's handling ended: the list an operator chooses from; by default Loymax's 24 reasons."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CloseReason:
    """`id` is short and lasting: the API and the facts have it. `en` and `ru` are what people read."""

    id: str
    en: str
    ru: str


DEFAULT = (
    CloseReason("store-address", "Address of a point of sale", "Адрес торговой точки"),
    CloseReason("offer-failed", "An offer did not work", "Не сработала акция"),
    CloseReason("vacancies", "Vacancies", "Вакансии"),
    CloseReason("product-quality", "Quality of goods", "Качество товара"),
    CloseReason("short-weight", "Short weight", "Недовес"),
    CloseReason("complaint-call-centre", "Complaint about the call centre", "Жалоба на контакт-центр"),
    CloseReason("complaint-staff", "Complaint about shop staff", "Жалоба на персонал магазина"),
    CloseReason("complaint-store", "Complaint about a shop", "Жалоба на магазин"),
    CloseReason("fraud", "Fraud", "Мошенничество"),
    CloseReason("suggestion", "Suggestion", "Предложение"),
    CloseReason("composition", "Composition of goods", "Состав товара"),
    CloseReason("cooperation", "Cooperation", "Сотрудничество"),
    CloseReason("registration", "Registration", "Регистрация"),
    CloseReason("card-account", "Work with card and account", "Работа с картой и счётом"),
    CloseReason("other-number", "Member calls from another number", "Участник звонит с другого номера"),
    CloseReason("consultation", "Consultation", "Консультация"),
    CloseReason("test-call", "Test call", "Тестовый звонок"),
    CloseReason("registration-refused", "Refusal to register", "Отказ от регистрации"),
    CloseReason("balance", "Balance", "Баланс"),
    CloseReason("personal-data", "Change of personal data", "Изменение персональных данных"),
    CloseReason("passed-to-company", "Passed to the Company", "Передано в Компанию"),
    CloseReason("deferred", "Deferred request to the Company", "Отложенный запрос в Компанию"),
    CloseReason("call-dropped", "Call dropped", "Звонок сорвался"),
    CloseReason("other", "Other", "Другое"),
)
