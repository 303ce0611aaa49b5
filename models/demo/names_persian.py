"""Persian names, in Persian letters (ی and ک, never the Arabic ي and ك)."""

from models.demo.names import Community, given_family, names

MEN = names(
    "علی Ali, محمد Mohammad, رضا Reza, حسین Hossein, امیر Amir, مهدی Mehdi, آرش Arash, کیان Kian, سینا Sina, "
    "پویا Pouya, بهرام Bahram, کامران Kamran, فرهاد Farhad, سیاوش Siavash, داریوش Dariush, نیما Nima, بابک Babak, "
    "شهاب Shahab, پارسا Parsa, آرمان Arman, سهراب Sohrab, احسان Ehsan, حامد Hamed, مسعود Masoud, سعید Saeed, "
    "مجتبی Mojtaba, پیمان Peyman, امیرحسین Amirhossein, محمدرضا Mohammadreza, علیرضا Alireza, کاوه Kaveh, روزبه Roozbeh"
)
WOMEN = names(
    "فاطمه Fatemeh, زهرا Zahra, مریم Maryam, نرگس Narges, سارا Sara, نازنین Nazanin, نیلوفر Niloufar, الهام Elham, "
    "شیرین Shirin, پریسا Parisa, مهسا Mahsa, آتنا Atena, ترانه Taraneh, لیلا Leila, نگار Negar, یاسمن Yasaman, "
    "سپیده Sepideh, مینا Mina, شقایق Shaghayegh, هانیه Hanieh, رویا Roya, گلناز Golnaz, بهاره Bahareh, ندا Neda, "
    "پرستو Parastoo, سمیرا Samira, مژگان Mojgan, آزاده Azadeh, کیمیا Kimia, ریحانه Reyhaneh"
)
FAMILIES = names(
    "محمدی Mohammadi, حسینی Hosseini, احمدی Ahmadi, کریمی Karimi, رضایی Rezaei, موسوی Mousavi, جعفری Jafari, "
    "رحیمی Rahimi, صادقی Sadeghi, مرادی Moradi, قاسمی Ghasemi, اکبری Akbari, نوری Nouri, شریفی Sharifi, "
    "کاظمی Kazemi, سلیمانی Soleimani, یوسفی Yousefi, طاهری Taheri, فرهادی Farhadi, نجفی Najafi, باقری Bagheri, "
    "زارعی Zarei, رستمی Rostami, میرزایی Mirzaei, تهرانی Tehrani, اصفهانی Esfahani, شیرازی Shirazi, "
    "تبریزی Tabrizi, کرمانی Kermani, یزدانی Yazdani, پورمحمدی Pourmohammadi, حیدری Heydari, علی‌نژاد Alinejad, "
    "مهدی‌زاده Mehdizadeh, گل‌محمدی Golmohammadi, پاک‌نیا Paknia"
)

IRANIANS = Community("fa", MEN, WOMEN, FAMILIES, given_family)
