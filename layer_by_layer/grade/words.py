"""Every sentence of the feedback and summary pages, in both languages.

Students read the first part, often after a bad evening: it says what happened and what
to do next, and blames nobody. `{…}` are filled in by report.py.
"""

WORDS = {
    "ko": {
        # the feedback page
        "feedback": "{assignment} · 채점 결과",
        "for": "{student} 님의 채점 결과",
        "total": "{points} / {of}점",
        "so_far": "지금까지 채점한 점수입니다. {open}점짜리 서술형 답은 선생님이 읽고 채점합니다.",  # noqa: E501
        "courage": "어려운 문제가 많았다면 아래에 적은 ‘다시 읽어 볼 곳’부터 한 문제씩 다시 해 보세요. 막히는 곳은 선생님께 물어보면 됩니다.",  # noqa: E501
        "late": "늦은 제출",
        "late_more": "마감 뒤에 제출되었습니다. 이 페이지의 점수는 늦은 제출을 반영하기 전의 점수입니다.",  # noqa: E501
        "status": {
            "ok": "노트북을 처음부터 끝까지 실행하고 채점했습니다.",
            "failed cells": "노트북을 끝까지 실행하고 채점했습니다. 오류가 난 셀이 있어서 아래에 적었습니다.",  # noqa: E501
            "timeout": "노트북을 정해진 시간 안에 끝까지 실행하지 못했습니다. 끝나지 않는 반복문이 있거나 훈련이 너무 길지 않은지 살펴보고, 새 런타임에서 ‘모두 실행’이 끝나는지 확인해 주세요.",  # noqa: E501
            "crashed": "노트북을 실행하던 파이썬이 도중에 멈추었습니다. 메모리를 너무 많이 쓰는 코드가 없는지 살펴보고, 새 런타임에서 ‘모두 실행’이 끝나는지 확인해 주세요.",  # noqa: E501
            "unreadable": "제출한 파일을 노트북으로 열 수 없었습니다. Colab에서 ‘파일 → 다운로드 → .ipynb 다운로드’로 받은 파일인지 확인하고, 다시 제출해도 되는지 선생님께 물어보세요.",  # noqa: E501
            "wrong notebook": "제출한 노트북에서 이 과제의 답을 찾지 못했습니다. 다른 과제의 노트북을 올린 것은 아닌지 확인하고, 다시 제출해도 되는지 선생님께 물어보세요.",  # noqa: E501
        },
        "questions": "문제별 결과",
        "points": "{points} / {of}점",
        "state": {
            "right": "맞았습니다",
            "part": "일부 맞았습니다",
            "wrong": "아직 맞지 않았습니다",
            "missing": "답을 찾지 못했습니다",
            "empty": "아직 답이 없습니다",
            "error": "오류가 났습니다",
            "by hand": "선생님이 채점합니다",
            "graded": "선생님이 채점했습니다",
            "unseen": "채점하지 못했습니다",
        },
        "all_passed": "공개하지 않은 입력 {asked}개에서 모두 맞는 답이 나왔습니다.",
        "passed": "공개하지 않은 입력 {asked}개 가운데 {passed}개에서 맞는 답이 나왔습니다.",  # noqa: E501
        "accuracy": "노트북에 없던 이미지에서 정확도는 {accuracy}입니다.",
        "next_accuracy": "{accuracy} 이상이면 {points}점입니다.",
        "your_value": "노트북에 있는 답",
        "none": "함수가 아무것도 돌려주지 않은(None) 입력이 있습니다. return으로 답을 돌려주는지 확인해 보세요.",  # noqa: E501
        "missing": "노트북을 실행했지만 이름이 {answer}인 답은 없었습니다. 이름을 바꾸거나 지우지 않았는지 확인해 보세요.",  # noqa: E501
        "near": "비슷한 이름",
        "error": "답을 확인하던 중에 오류가 났습니다.",
        "written": "내가 쓴 답",
        "comment": "선생님의 의견",
        "help": "다시 읽어 볼 곳",
        "cells": "오류가 난 셀",
        "cells_more": "셀 번호는 코드 셀만 위에서부터 세었습니다.",
        "cell": "코드 셀 {cell}",
        "more": "외 {count}개",
        "end": "결과가 이상해 보이면 이 페이지를 가지고 선생님께 물어보세요. 채점에 쓴 입력은 다음 학생들을 위해 공개하지 않습니다.",  # noqa: E501
        # the summary page
        "summary": "{assignment} · 채점 요약",
        "other_language": "English",
        "submissions": "제출물",
        "mean": "평균",
        "median": "중앙값",
        "complete": "만점",
        "status_name": {
            "ok": "채점함",
            "timeout": "시간 초과",
            "crashed": "실행 중단",
            "unreadable": "읽을 수 없음",
            "wrong notebook": "다른 노트북",
        },
        "look": "직접 확인할 것",
        "nothing_to_do": "직접 확인할 것이 없습니다.",
        "not_ok": "열어 볼 제출물",
        "to_grade": "점수를 기다리는 서술형 답: {count}개. written.csv의 points 열을 채우고 다시 실행하세요.",  # noqa: E501
        "not_in_lms": "끝까지 채점하지 못했거나 서술형 점수가 없는 제출물은 canvas.csv와 moodle.csv에 넣지 않았습니다.",  # noqa: E501
        "late_ones": "늦은 제출",
        "similar": "매우 비슷한 제출물",
        "similar_more": "이름, 주석, 서식을 빼고 비교했습니다. 과제에 처음부터 있던 코드, 모범 답안, 여러 학생에게 공통된 코드는 세지 않았습니다. 비슷하다는 것만으로 베꼈다고 할 수는 없으니, 먼저 두 노트북을 열어 보고 학생과 이야기해 보세요.",  # noqa: E501
        "no_similar": "매우 비슷한 제출물은 없습니다.",
        "similarity": "비슷한 정도",
        "pair": "두 학생",
        "distribution": "점수 분포",
        "distribution_label": "점수 구간마다 학생이 몇 명인지 나타낸 막대그래프. 같은 숫자가 아래 표에 있습니다.",  # noqa: E501
        "counted": "채점을 마치지 못한 제출물은 뺐고, 서술형 답은 지금까지 준 점수만 셌습니다.",  # noqa: E501
        "as_table": "표로 보기",
        "range": "점수",
        "students": "학생 수",
        "per_question": "문제별",
        "question": "문제",
        "mean_points": "평균 점수",
        "full": "만점 비율",
        "not_found": "답 없음",
        "failed": "오류",
        "hardest": "가장 어려운 문제",
        "wrong_answers": "자주 나온 틀린 답",
        "no_wrong_answers": "둘 이상이 똑같이 틀린 답은 없습니다.",
        "times": "학생 수",
        "answer": "답이나 오류",
        "everyone": "모든 제출물",
        "student": "학생",
        "status_head": "상태",
        "points_head": "점수",
        "file": "파일",
        "note": "설명",
        "yes_late": "늦음",
        "so_far_mark": "채점 중",
    },
    "en": {
        "feedback": "{assignment} · feedback",
        "for": "Feedback for {student}",
        "total": "{points} of {of} points",
        "so_far": "This is your score so far. Your instructor still reads and grades the written answer (points: {open}).",  # noqa: E501
        "courage": "If much of this was hard, take it one question at a time, beginning with the sections linked below, and ask your instructor wherever you are stuck.",  # noqa: E501
        "late": "late",
        "late_more": "This was handed in after the deadline. The points on this page do not take that into account.",  # noqa: E501
        "status": {
            "ok": "Your notebook ran from top to bottom and was graded.",
            "failed cells": "Your notebook ran to its end and was graded. Some cells stopped with an error; they are listed below.",  # noqa: E501
            "timeout": "Your notebook did not finish in the time it was given. Look for a loop that never ends or a training that takes long, and check that “Run all” finishes in a new runtime.",  # noqa: E501
            "crashed": "Python stopped in the middle of your notebook. Look for code that uses a lot of memory, and check that “Run all” finishes in a new runtime.",  # noqa: E501
            "unreadable": "The file you handed in could not be opened as a notebook. Check that it comes from “File → Download → Download .ipynb” in Colab, and ask your instructor whether you may hand it in again.",  # noqa: E501
            "wrong notebook": "The answers of this assignment were not found in your notebook. Check whether you uploaded the notebook of another assignment, and ask your instructor whether you may hand it in again.",  # noqa: E501
        },
        "questions": "Question by question",
        "points": "{points} of {of} points",
        "state": {
            "right": "Right",
            "part": "Partly right",
            "wrong": "Not right yet",
            "missing": "No answer found",
            "empty": "No answer yet",
            "error": "Stopped with an error",
            "by hand": "Your instructor grades this",
            "graded": "Graded by your instructor",
            "unseen": "Could not be graded",
        },
        "all_passed": "Right for all {asked} inputs that are not in the notebook.",
        "passed": "Right for {passed} of {asked} inputs that are not in the notebook.",
        "accuracy": "On images that are not in the notebook, the accuracy was {accuracy}.",  # noqa: E501
        "next_accuracy": "An accuracy of {accuracy} or more earns {points} points.",
        "your_value": "The answer in your notebook",
        "none": "For at least one of them your function gave nothing back (None). Check that it returns its answer.",  # noqa: E501
        "missing": "After your notebook had run, there was nothing named {answer}. Check that the name was not changed or deleted.",  # noqa: E501
        "near": "Similar names",
        "error": "An error came up while the answer was checked.",
        "written": "What you wrote",
        "comment": "Your instructor's comment",
        "help": "Worth reading again",
        "cells": "Cells that stopped with an error",
        "cells_more": "Only code cells are counted, from the top.",
        "cell": "code cell {cell}",
        "more": "and {count} more",
        "end": "If something here looks wrong, show this page to your instructor. The inputs used for grading stay unpublished, for the students after you.",  # noqa: E501
        "summary": "{assignment} · summary",
        "other_language": "한국어",
        "submissions": "Submissions",
        "mean": "Mean",
        "median": "Median",
        "complete": "Full marks",
        "status_name": {
            "ok": "graded",
            "timeout": "out of time",
            "crashed": "crashed",
            "unreadable": "unreadable",
            "wrong notebook": "wrong notebook",
        },
        "look": "For you to check",
        "nothing_to_do": "There is nothing for you to check.",
        "not_ok": "Submissions to open",
        "to_grade": "Written answers without points: {count}. Fill in the column points of written.csv and run the same command again.",  # noqa: E501
        "not_in_lms": "Submissions that could not be graded to the end, or whose written answer has no points, are not in canvas.csv and moodle.csv.",  # noqa: E501
        "late_ones": "Late",
        "similar": "Near-identical submissions",
        "similar_more": "Names, comments and formatting are not compared. Code that was in the assignment, in the solution or common to many students does not count. Similarity alone does not show who copied, or that anyone did: open both notebooks and talk to the students first.",  # noqa: E501
        "no_similar": "No two submissions are nearly the same.",
        "similarity": "Similarity",
        "pair": "Students",
        "distribution": "Distribution of points",
        "distribution_label": "Bar chart of how many students have how many points. The same numbers are in the table below.",  # noqa: E501
        "counted": "Submissions that could not be graded to the end are left out, and written answers count as far as they have points.",  # noqa: E501
        "as_table": "As a table",
        "range": "Points",
        "students": "Students",
        "per_question": "By question",
        "question": "Question",
        "mean_points": "Mean points",
        "full": "Full marks",
        "not_found": "No answer",
        "failed": "Error",
        "hardest": "hardest",
        "wrong_answers": "Common wrong answers",
        "no_wrong_answers": "No two students have the same wrong answer.",
        "times": "Students",
        "answer": "Answer or error",
        "everyone": "All submissions",
        "student": "Student",
        "status_head": "Status",
        "points_head": "Points",
        "file": "File",
        "note": "What happened",
        "yes_late": "late",
        "so_far_mark": "so far",
    },
}
