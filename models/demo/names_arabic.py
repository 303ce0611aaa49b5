"""Arabic names: of Riyadh's people, and of Kuwait's old families."""

from models.demo.names import Community, arabic_order, names

MEN = names(
    "محمد Mohammed, أحمد Ahmed, عبدالله Abdullah, عبدالرحمن Abdulrahman, عبدالعزيز Abdulaziz, خالد Khalid, فهد Fahad, "
    "سعد Saad, سلطان Sultan, فيصل Faisal, تركي Turki, ناصر Nasser, بندر Bandar, ماجد Majed, مشعل Mishal, نايف Nayef, "
    "طلال Talal, راكان Rakan, ياسر Yasser, عمر Omar, علي Ali, حسن Hassan, حسين Hussain, يوسف Yousef, إبراهيم Ibrahim, "
    "صالح Saleh, زياد Ziyad, بدر Badr, وليد Waleed, سامي Sami, هشام Hisham, أنس Anas, معاذ Muath, ريان Rayan, "
    "مازن Mazen, حمد Hamad, جاسم Jassim, مبارك Mubarak"
)
WOMEN = names(
    "نورة Noura, سارة Sarah, ريم Reem, هند Hind, لمى Lama, العنود Alanoud, منيرة Munira, الجوهرة Aljawhara, "
    "فاطمة Fatimah, عائشة Aisha, مريم Maryam, أمل Amal, منى Mona, هيفاء Haifa, دانة Danah, شهد Shahad, غادة Ghada, "
    "رغد Raghad, لطيفة Latifa, حصة Hessa, موضي Moudi, أسماء Asma, خلود Kholoud, وجدان Wejdan, بشاير Bashayer, "
    "جواهر Jawaher, رهف Rahaf, نوف Nouf, عبير Abeer, إيمان Eman, ليان Layan, جود Joud"
)
RIYADH_FAMILIES = names(
    "القحطاني Al-Qahtani, الدوسري Al-Dosari, العتيبي Al-Otaibi, الشهري Al-Shehri, الغامدي Al-Ghamdi, "
    "الزهراني Al-Zahrani, الحربي Al-Harbi, المطيري Al-Mutairi, السبيعي Al-Subaie, الشمري Al-Shammari, "
    "العنزي Al-Anazi, البقمي Al-Baqami, التميمي Al-Tamimi, الخالدي Al-Khalidi, السهلي Al-Sahli, الرشيدي Al-Rashidi, "
    "الجهني Al-Juhani, البلوي Al-Balawi, العمري Al-Amri, الأحمري Al-Ahmari, القرني Al-Qarni, المالكي Al-Malki, "
    "الثبيتي Al-Thubaiti, اليامي Al-Yami, العسيري Al-Asiri, الفيفي Al-Faifi, المقرن Al-Muqrin, السديري Al-Sudairi, "
    "الحميد Al-Humaid, العقيل Al-Aqeel, الراجحي Al-Rajhi, البسام Al-Bassam"
)
KUWAIT_FAMILIES = names(
    "الكندري Al-Kandari, العازمي Al-Azmi, العنزي Al-Enezi, المطيري Al-Mutairi, الرشيدي Al-Rashidi, العجمي Al-Ajmi, "
    "الهاجري Al-Hajri, الشمري Al-Shammari, الظفيري Al-Dhafiri, العوضي Al-Awadhi, الفضلي Al-Fadhli, الخالد Al-Khaled, "
    "الصالح Al-Saleh, المرزوق Al-Marzouq, القطان Al-Qattan, الصايغ Al-Sayegh, البلوشي Al-Balushi, بهبهاني Behbehani, "
    "معرفي Marafi, دشتي Dashti, أشكناني Ashkanani, بوشهري Boushehri"
)

RIYADHIS = Community("ar", MEN, WOMEN, RIYADH_FAMILIES, arabic_order)
KUWAITIS = Community("ar", MEN, WOMEN, KUWAIT_FAMILIES, arabic_order)
