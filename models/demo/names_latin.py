"""Names in Latin letters: the Indian and English-speaking residents of the Gulf."""

from models.demo.names import Community, given_family, names

INDIANS = Community(
    "en",
    names(
        "Rajesh, Suresh, Anil, Vijay, Arun, Rahul, Manoj, Sanjay, Vinod, Prakash, Deepak, Ramesh, Ajay, Nikhil, Kiran, "
        "Thomas, George, Joseph, Imran, Faizal"
    ),
    names(
        "Priya, Anjali, Deepa, Lakshmi, Sunita, Kavita, Meera, Divya, Asha, Rekha, Pooja, Nisha, Shalini, Radhika, "
        "Sneha, Mary, Reshma, Ayesha"
    ),
    names(
        "Nair, Menon, Pillai, Kumar, Sharma, Patel, Iyer, Reddy, Rao, Gupta, Mathew, Varghese, Kurian, Thomas, Shetty, "
        "D'Souza, Fernandes, Desai, Joshi, Khan"
    ),
    given_family,
)
ENGLISH = Community(
    "en",
    names(
        "Oliver, James, William, Daniel, Thomas, Matthew, Andrew, Stephen, Christopher, Patrick, Liam, Edward, Simon, "
        "Gareth, Callum, Benjamin"
    ),
    names(
        "Emma, Charlotte, Sophie, Hannah, Laura, Rebecca, Catherine, Alice, Megan, Fiona, Claire, Helen, Victoria, "
        "Rachel, Siobhan, Grace"
    ),
    names(
        "Bennett, Clarke, Hughes, Murphy, O'Brien, Walker, Turner, Campbell, Fraser, Davies, Harrison, Mitchell, "
        "Ellis, Whitaker, Pearson, Lawson, Marshall, Reid"
    ),
    given_family,
)
