"""What an installation begins with: the seven named segments and a set of cut-offs for each line of business.

Scores, codes and advice follow the holding's RFM method. Its cut-offs for money are in tenge (500,000, 250,000 and
50,000); a rouble is about five, so that ours are a fifth of them, the defaults of `RfmLine`. By these retail cut-offs
almost every buyer of a car is R=1, F=1: the lines with a clock of their own begin in the quantile mode.
"""

# line: (position, mode)
LINES = {
    "all": (1, "fixed"),
    "new": (2, "quantile"),
    "used": (3, "quantile"),
    "service": (4, "quantile"),
    "insurance": (5, "quantile"),
}
VIP_RISK = 7  # F + M
# (slug, name, codes, priority, what to do); the first that names a code has it.
SEGMENTS = (
    ("vip", "VIP-клиенты", "444 443 434", "high",
     "Эксклюзивные предложения, ранний доступ к новинкам, персональный менеджер."),
    ("newcomers", "Новички с потенциалом", "414 424 413 412 411", "middle",
     "Приветственная серия, рассказ о возможностях салона и сервиса, бонус на вторую покупку."),
    ("loyal", "Лояльные", "442 441 433 432 431 423 422 421", "high",
     "Программа лояльности и рекомендаций: бонус за друга, который купил."),
    ("whales", "Спящие киты", "144 143 134", "high",
     "Личное письмо, особое предложение, звонок руководителя отдела продаж."),
    ("lost", "Потерянные", "111 112 121", "low",
     "Возврат сильной скидкой. Кто не ответит, выходит из активной базы."),
    ("attention", "Требуют внимания", "2XX 3XX", "middle",
     "Реактивация: напомнить о себе поводом, пока человек не уснул."),
    ("sleeping", "Спящие", "113 114 122 123 124 131 132 133 141 142", "low",
     "Реактивация. Сначала без скидки: новинки, сервис, приглашение в салон."),
)  # fmt: skip
