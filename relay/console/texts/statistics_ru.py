"""The statistics pages in Russian; the figures' own names and definitions are those of reports.texts."""

from __future__ import annotations

from typing import Final

STATISTICS_RU: Final[dict[str, str]] = {
    "places": "Другие страницы",
    "desk": "Звонки и обратные звонки",
    "statistics": "Статистика",
    "from_day": "С",
    "to_day": "по",
    "period": "Период",
    "period_today": "Сегодня",
    "period_yesterday": "Вчера",
    "period_this_week": "Эта неделя",
    "period_last_week": "Прошлая неделя",
    "period_this_month": "Этот месяц",
    "period_last_month": "Прошлый месяц",
    "times_of": "Дни и время —",
    "compared_with": "Для сравнения:",
    "not_compared": "Не с чем сравнить за",
    "logs_begin_later": "журналы начинаются позже.",
    "partial": "Сегодняшний день не закончился: его показатели неполные.",
    "future": "Для дней, которые ещё не наступили, показателей нет.",
    "known_from": "Журналы начинаются",
    "before_unknown": "Что было раньше, неизвестно — это не 0.",
    "published_at": "Показатели опубликованы",
    "last_call": "последняя строка журналов",
    "old": "Показатели могли устареть.",
    "was": "было",
    "definition": "Как считается",
    "operators_note": "Считаются постановки, в которых очередь звонила оператору.",
    "unpublished": "Показателей пока нет",
    "unpublished_why": "Страница показывает опубликованный файл, а его нет или его нельзя прочитать.",
    "unpublished_load": "Попросите администратора системы загрузить журналы:",
    "unpublished_dagster": "или запустить в Dagster задание «load»: дальше оно работает само.",
    "unpublished_then": "После этого обновите страницу.",
    "fault_statistics_busy": "Слишком долго, или слишком много запросов. Выберите период короче.",
}
